import { z } from 'zod';
import { defineEvent } from '../define-event';

export const deviceEnrolled = defineEvent({
  type: 'device-enrolled',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A device was admitted to an organisation.',
  versions: [z.strictObject({ btu: z.string(), by: z.string() })],
});

export const certificateIssued = defineEvent({
  type: 'certificate-issued',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A device has a certificate: issued by the CA of its organisation, or accepted from a registered CA.',
  versions: [
    z.strictObject({
      btu: z.string(),
      /** Serial number of the certificate, lower-case hex. */
      serial: z.string(),
      /** SHA-256 of the DER, lower-case hex. */
      fingerprint: z.string(),
      notBefore: z.number(),
      notAfter: z.number(),
    }),
    z.strictObject({
      btu: z.string(),
      serial: z.string(),
      fingerprint: z.string(),
      notBefore: z.number(),
      notAfter: z.number(),
      /** The CA it comes from; null = the one CA there was before each organisation had its own. */
      authority: z.string().nullable(),
      /** SHA-256 of the public key (SPKI), lower-case hex; null = not recorded. */
      keyHash: z.string().nullable(),
    }),
  ],
  upcasts: [(data: object) => ({ ...data, authority: null, keyHash: null })],
});

export const certificateFirstUsed = defineEvent({
  type: 'certificate-first-used',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A device connected with a certificate for the first time; from now on its older ones run out.',
  versions: [z.strictObject({ btu: z.string(), serial: z.string() })],
});

export const certificateExpiring = defineEvent({
  type: 'certificate-expiring',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'The newest certificate of a device ends in `days` days or less, and no newer one was issued.',
  versions: [z.strictObject({ btu: z.string(), serial: z.string(), notAfter: z.number(), days: z.int().positive() })],
});

export const certificateRevoked = defineEvent({
  type: 'certificate-revoked',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A certificate was revoked; it is refused for ever and its live session is cut.',
  versions: [z.strictObject({ btu: z.string(), serial: z.string(), reason: z.string(), by: z.string() })],
});

export const devicePresented = defineEvent({
  type: 'device-presented',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A device nobody enrolled came with a certificate of a registered CA; it waits in quarantine for approval.',
  versions: [
    z.strictObject({
      btu: z.string(),
      authority: z.string(),
      serial: z.string(),
      fingerprint: z.string(),
      keyHash: z.string(),
      notBefore: z.number(),
      notAfter: z.number(),
    }),
  ],
});

export const deviceRejected = defineEvent({
  type: 'device-rejected',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A device that waited for approval was turned away.',
  versions: [z.strictObject({ btu: z.string(), reason: z.string(), by: z.string() })],
});

export const deviceQuarantined = defineEvent({
  type: 'device-quarantined',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A device may not connect until it is released: it broke the rules too often, or a person said so.',
  versions: [
    z.strictObject({ btu: z.string(), cause: z.enum(['offences', 'operator']), reason: z.string(), by: z.string() }),
  ],
});

export const deviceReleased = defineEvent({
  type: 'device-released',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A device in quarantine may connect again.',
  versions: [z.strictObject({ btu: z.string(), reason: z.string(), by: z.string() })],
});
