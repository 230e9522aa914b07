import { firmwareSigned, readManifest, type FirmwareManifest, type SignedManifest } from '@quaywatch/contracts';
import { refuse, accept, type Decision } from '@quaywatch/kernel';
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Checks manifests against the public keys of the publishers, PEM one after the other in a file; read anew each time. */
export class PublisherKeys {
  constructor(private readonly file: string | undefined) {}

  /** The manifest, when a publisher that is known here signed it; else refused. */
  async check({ manifest, signature }: SignedManifest): Promise<Decision<FirmwareManifest>> {
    if (this.file === undefined) return refuse('conflict', 'No publisher of firmware is known: set FIRMWARE_KEYS.');
    const parsed = readManifest(manifest);
    if (!parsed) return refuse('invalid', 'This is no manifest of a firmware.');
    const text = Buffer.from(firmwareSigned(manifest));
    const signed = (await this.keys()).some((key) => {
      const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
      return verify(digest, text, key, Buffer.from(signature, 'base64'));
    });
    return signed ? accept(parsed) : refuse('invalid', 'No publisher that is known here signed this manifest.');
  }

  private async keys(): Promise<KeyObject[]> {
    const text = await readFile(this.file as string, 'utf8');
    const blocks = text.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
    return blocks
      .map((pem) => createPublicKey(pem))
      .filter(({ asymmetricKeyType }) => asymmetricKeyType === 'ed25519' || asymmetricKeyType === 'ec');
  }
}
