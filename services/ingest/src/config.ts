import { port } from '@quaywatch/runtime';
import { z } from 'zod';

/** Configuration of ingest; keys are environment variables. */
export const ingestConfig = z.object({
  /** Address on which the MQTT port listens. */
  MQTT_HOST: z.string().default('0.0.0.0'),
  /** MQTT over mutual TLS. */
  MQTT_PORT: port.default(8883),
  /** DNS names and addresses in the server certificate, comma-separated. */
  MQTT_SERVER_NAMES: z.string().default('localhost,127.0.0.1'),
  /** Life of a device certificate, days. */
  DEVICE_CERTIFICATE_DAYS: z.coerce.number().int().min(1).max(3650).default(365),
  /** How long older certificates of a device stay good after a newer one was first used, days. */
  DEVICE_OVERLAP_DAYS: z.coerce.number().min(0).max(365).default(7),
  /** How often certificates are looked at that come to their end, minutes. */
  EXPIRY_LOOK_MINUTES: z.coerce.number().positive().max(1440).default(60),
  /** Enrolment over TLS (EST, RFC 7030); off unless set. */
  EST_PORT: port.optional(),
  /** Plain HTTP with revocation lists and OCSP; off unless set. */
  PKI_HTTP_PORT: port.optional(),
  /** `http://…` under which everybody reaches the plain port of revocation lists; then certificates name it. */
  PKI_PUBLIC_URL: z.url({ protocol: /^http$/ }).optional(),
  /** Largest packet of a device that is let in, bytes. */
  MQTT_MAX_PACKET: z.coerce.number().int().min(1024).default(262_144),
  /** Organisation in whose audit trail refusals of unknown devices are written. */
  ORGANISATION: z.string().min(1).default('org_default'),
});

/** Parsed configuration of ingest. */
export type IngestConfig = z.infer<typeof ingestConfig>;
