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
  doc: 'The private CA issued a device its certificate.',
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
  ],
});

export const certificateRevoked = defineEvent({
  type: 'certificate-revoked',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A certificate was revoked; it is refused for ever and its live session is cut.',
  versions: [z.strictObject({ btu: z.string(), serial: z.string(), reason: z.string(), by: z.string() })],
});
