import { verifierKey, type NoteKey, type Sign, type Verify } from '@quaywatch/domain/audit';
import type { SecretStore } from '@quaywatch/ports';
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { sha256 } from './sha256';

/** Name of the secret: an Ed25519 private key, PKCS #8 in PEM. */
export const checkpointKeySecret = 'audit-checkpoint-key';

/** What signs checkpoints, and what outsiders verify them with. */
export interface Signer {
  readonly key: NoteKey;
  readonly sign: Sign;
  /** The public key as one line to hand out. */
  readonly verifierKey: string;
}

/** The signer of this installation; its key is made at the first start where secrets may be made. Read at each use, so it can rotate. */
export async function openSigner(secrets: SecretStore, name: string): Promise<Signer> {
  const pem = await secrets.ensure(checkpointKeySecret, () =>
    new TextEncoder().encode(
      generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    ),
  );
  const privateKey = createPrivateKey(new TextDecoder().decode(pem));
  // The last 32 bytes of an Ed25519 SubjectPublicKeyInfo are the key (RFC 8410).
  const publicKey = new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32));
  const key = { name, publicKey };
  return {
    key,
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
    verifierKey: verifierKey(sha256, key),
  };
}

const spki = Buffer.from('302a300506032b6570032100', 'hex');

/** Ed25519 verification with a raw public key. */
export const verifyEd25519: Verify = (publicKey, message, signature) =>
  verify(
    null,
    message,
    createPublicKey({ key: Buffer.concat([spki, publicKey]), format: 'der', type: 'spki' }),
    signature,
  );
