import { z } from 'zod';
import { defineEvent } from '../define-event';

export const authorityAdded = defineEvent({
  type: 'authority-added',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A CA is trusted from now on: a root of the platform, the issuing CA of an organisation, or a registered one.',
  versions: [
    z.strictObject({
      authority: z.string(),
      /** `root`: signs issuing CAs and our servers. `issuing`: signs devices of its organisation. `external`: not ours. */
      kind: z.enum(['root', 'issuing', 'external']),
      name: z.string(),
      /** PEM. */
      certificate: z.string(),
      /** SHA-256 of the DER, lower-case hex. */
      fingerprint: z.string(),
      /** Name of its key at the signer; null = we do not have the key. */
      keyRef: z.string().nullable(),
      /** Most devices that may come in by themselves with a certificate of it; null = none may. */
      quota: z.int().nonnegative().nullable(),
      notAfter: z.number(),
      by: z.string(),
    }),
  ],
});

export const authorityRetired = defineEvent({
  type: 'authority-retired',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A CA is trusted no more; every certificate that comes from it is refused.',
  versions: [z.strictObject({ authority: z.string(), reason: z.string(), by: z.string() })],
});
