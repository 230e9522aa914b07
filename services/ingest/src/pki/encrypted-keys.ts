import { Fault, makeId } from '@quaywatch/kernel';
import type { Clock, SecretStore, ViewStore } from '@quaywatch/ports';
import { createCipheriv, createDecipheriv, webcrypto } from 'node:crypto';
import type { Signer } from './signer';

type CryptoKey = webcrypto.CryptoKey;

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const wrapSecret = 'device-key-wrap';

/**
 * The default signer: keys are rows of the service's own schema, each encrypted (AES-256-GCM, bound to its name) under
 * a key that is a secret. All processes of the service sign with the same keys; a copy of the database alone is of no
 * use, nor is the secret alone.
 */
export class EncryptedKeys implements Signer {
  private readonly open = new Map<string, Promise<CryptoKey>>();

  constructor(
    private readonly store: ViewStore,
    private readonly secrets: SecretStore,
    private readonly clock: Clock,
  ) {}

  async generate(): Promise<{ ref: string; spki: Uint8Array }> {
    const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
    const ref = await this.keep(new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)));
    return { ref, spki: new Uint8Array(await webcrypto.subtle.exportKey('spki', keys.publicKey)) };
  }

  /** Takes over a private key (PKCS#8, DER) that was kept elsewhere before; its name. */
  async keep(pkcs8: Uint8Array): Promise<string> {
    const ref = makeId('authority', this.clock.now(), this.clock.random(16)).replace(/^cau_/, 'key_');
    const iv = this.clock.random(12);
    const cipher = createCipheriv('aes-256-gcm', await this.wrappingKey(), iv).setAAD(Buffer.from(ref));
    const wrapped = Buffer.concat([iv, cipher.update(pkcs8), cipher.final(), cipher.getAuthTag()]).toString('base64');
    await this.store.transact((tx) =>
      tx.query('insert into signing_key (ref, wrapped, made_at) values ($1, $2, $3)', [ref, wrapped, this.clock.now()]),
    );
    return ref;
  }

  async sign(ref: string, data: Uint8Array): Promise<Uint8Array> {
    let key = this.open.get(ref);
    if (!key) {
      key = this.load(ref);
      this.open.set(ref, key);
      key.catch(() => this.open.delete(ref));
    }
    return new Uint8Array(await webcrypto.subtle.sign(algorithm, await key, data));
  }

  private async load(ref: string): Promise<CryptoKey> {
    const [row] = await this.store.transact((tx) =>
      tx.query<{ wrapped: string }>('select wrapped from signing_key where ref = $1', [ref]),
    );
    if (!row) throw new Fault('SIGNING_KEY_MISSING', `there is no signing key ${ref}`);
    const bytes = Buffer.from(row.wrapped, 'base64');
    let pkcs8: Buffer;
    try {
      const decipher = createDecipheriv('aes-256-gcm', await this.wrappingKey(), bytes.subarray(0, 12))
        .setAAD(Buffer.from(ref))
        .setAuthTag(bytes.subarray(-16));
      pkcs8 = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    } catch (cause) {
      if (cause instanceof Fault) throw cause;
      throw new Fault('SIGNING_KEY_UNREADABLE', `signing key ${ref} does not fit the secret ${wrapSecret}`, { cause });
    }
    return webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  }

  private wrappingKey(): Promise<Uint8Array> {
    return this.secrets.ensure(wrapSecret, () => this.clock.random(32));
  }
}
