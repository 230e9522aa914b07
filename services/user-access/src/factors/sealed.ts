import type { Clock, SecretStore } from '@quaywatch/ports';
import { createCipheriv, createDecipheriv } from 'node:crypto';

const keyName = 'totp-sealing-key';

const keyOf = (secrets: SecretStore, clock: Clock): Promise<Uint8Array> =>
  secrets.ensure(keyName, () => clock.random(32));

/** AES-256-GCM of a secret under a key of the secret store, bound to its owner: iv (12), tag (16), text. */
export async function seal(secrets: SecretStore, clock: Clock, owner: string, secret: Uint8Array): Promise<Buffer> {
  const iv = clock.random(12);
  const cipher = createCipheriv('aes-256-gcm', await keyOf(secrets, clock), iv).setAAD(Buffer.from(owner));
  const text = Buffer.concat([cipher.update(secret), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]);
}

/** What was sealed for this owner; throws when it was changed, or sealed for somebody else. */
export async function unseal(secrets: SecretStore, clock: Clock, owner: string, sealed: Uint8Array): Promise<Buffer> {
  const key = await keyOf(secrets, clock);
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
    .setAAD(Buffer.from(owner))
    .setAuthTag(sealed.subarray(12, 28));
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
}
