import {
  compareVersions,
  firmwareSigned,
  readManifest,
  type FirmwareManifest,
  type SignedManifest,
} from '@quaywatch/contracts';
import { accept, refuse, type Decision } from '@quaywatch/kernel';
import { createPublicKey, verify } from 'node:crypto';

/** The manifest, when one of the publishers (public keys, PEM one after the other) signed it. */
export function verifyManifest({ manifest, signature }: SignedManifest, keys: string): Decision<FirmwareManifest> {
  const text = Buffer.from(firmwareSigned(manifest));
  const good = (keys.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? []).some((pem) => {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType !== 'ed25519' && key.asymmetricKeyType !== 'ec') return false;
    return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', text, key, Buffer.from(signature, 'base64'));
  });
  if (!good) return refuse('forbidden', 'no publisher that is known here signed it');
  const parsed = readManifest(manifest);
  return parsed ? accept(parsed) : refuse('invalid', 'its manifest cannot be read');
}

/** Whether a device of this model that runs `running` takes the firmware. */
export function mayInstall(manifest: FirmwareManifest, model: string, running: string): Decision<FirmwareManifest> {
  if (manifest.model !== model) return refuse('invalid', `it is made for ${manifest.model}, this is ${model}`);
  if (compareVersions(manifest.version, running) < 0 && !manifest.rollback)
    return refuse('forbidden', `${manifest.version} is older than ${running}, and it is no rollback`);
  return accept(manifest);
}
