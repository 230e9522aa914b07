import { port } from '@quaywatch/runtime';
import { z } from 'zod';

const whole = (least: number, most: number, otherwise: number): z.ZodDefault<z.ZodCoercedNumber> =>
  z.coerce.number().int().min(least).max(most).default(otherwise);

/** Configuration of ingest; keys are environment variables. */
export const ingestConfig = z.object({
  MQTT_HOST: z.string().default('0.0.0.0').describe('Address on which the MQTT port listens.'),
  MQTT_PORT: port.default(8883).describe('MQTT over mutual TLS.'),
  INGEST_NAME: z
    .string()
    .regex(/^[\w.:-]{1,128}$/)
    .optional()
    .describe(
      'Name of this process, where several stand behind one address: its own, the same after a restart. Host name and port unless set.',
    ),
  MQTT_SERVER_NAMES: z
    .string()
    .default('localhost,127.0.0.1')
    .describe('DNS names and addresses in the server certificate, comma-separated.'),
  DEVICE_CERTIFICATE_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3650)
    .default(365)
    .describe('Life of a device certificate, days.'),
  DEVICE_OVERLAP_DAYS: z.coerce
    .number()
    .min(0)
    .max(365)
    .default(7)
    .describe('How long older certificates of a device stay good after a newer one was first used, days.'),
  OFFENCES_MOST: z.coerce
    .number()
    .int()
    .min(0)
    .default(10)
    .describe('Refusals of a device within OFFENCES_MINUTES that put it into quarantine; 0 = never.'),
  OFFENCES_MINUTES: z.coerce
    .number()
    .positive()
    .max(1440)
    .default(10)
    .describe('Window in which the refusals of a device are counted, minutes.'),
  COMMAND_ANSWER_SECONDS: z.coerce
    .number()
    .positive()
    .max(86_400)
    .default(60)
    .describe('How long a device has to answer a command, seconds.'),
  BURST_WAIT_SECONDS: z.coerce
    .number()
    .positive()
    .max(86_400)
    .default(600)
    .describe('How long a burst may wait for its next chunk before it is given up, seconds.'),
  EXPIRY_LOOK_MINUTES: z.coerce
    .number()
    .positive()
    .max(1440)
    .default(60)
    .describe('How often certificates are looked at that come to their end, minutes.'),
  FIRMWARE_KEYS: z
    .string()
    .min(1)
    .optional()
    .describe('File with the public keys (PEM) of those whose firmware may be rolled out to devices; none unless set.'),
  ROLLOUT_LOOK_SECONDS: z.coerce
    .number()
    .positive()
    .max(3600)
    .default(10)
    .describe('How often roll-outs of firmware are looked at for what is due by time, seconds.'),
  SIGNER_COMMAND: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Program that keeps the keys of new certificate authorities (a PKCS#11 token, a key service) and signs with them, called without a shell; `deploy/signer/pkcs11.mjs` is one. Unset: keys are encrypted in the database.',
    ),
  EST_PORT: port.optional().describe('Enrolment over TLS (EST, RFC 7030); off unless set.'),
  PKI_HTTP_PORT: port.optional().describe('Plain HTTP with revocation lists and OCSP; off unless set.'),
  PKI_PUBLIC_URL: z
    .url({ protocol: /^http$/ })
    .optional()
    .describe(
      '`http://…` under which everybody reaches the plain port of revocation lists; then certificates name it.',
    ),
  MQTT_MAX_PACKET: z.coerce
    .number()
    .int()
    .min(1024)
    .default(262_144)
    .describe('Largest packet of a device that is let in, bytes.'),
  MQTT_WS_PORT: z
    .union([z.literal('off'), port])
    .default('off')
    .describe('MQTT over WebSocket and mutual TLS (wss); off = closed.'),
  MQTT_MAX_CONNECT: whole(1024, 65_536, 8192).describe(
    'Largest CONNECT, bytes: all that a stranger can make the broker keep.',
  ),
  MQTT_MAX_TOPIC: whole(64, 65_535, 256).describe('Longest topic name or filter, bytes.'),
  MQTT_MAX_TOPIC_LEVELS: whole(4, 100, 16).describe('Most levels of a topic name or filter.'),
  MQTT_MAX_FILTERS: whole(1, 1000, 32).describe('Most filters in one SUBSCRIBE or UNSUBSCRIBE.'),
  MQTT_MAX_SUBSCRIPTIONS: whole(1, 10_000, 32).describe('Most subscriptions of a device.'),
  MQTT_CONNECT_SECONDS: whole(1, 60, 5).describe('Time from the end of the TLS handshake to a whole CONNECT, s.'),
  MQTT_PACKET_SECONDS: whole(1, 3600, 120).describe('Time from the first to the last byte of a packet, s.'),
  MQTT_SILENT_SECONDS: whole(10, 86_400, 1800).describe(
    'Silence after which a device that asked for no keep-alive is disconnected, s.',
  ),
  MQTT_HANDSHAKE_SECONDS: whole(1, 120, 10).describe('Time of a TLS handshake, s.'),
  MQTT_MAX_HANDSHAKES: whole(1, 10_000, 64).describe('TLS handshakes at a time; further sockets wait.'),
  MQTT_MAX_WAITING: whole(1, 100_000, 16_384).describe(
    'Most sockets that wait for their handshake; further ones are closed.',
  ),
  MQTT_MAX_CONNECTIONS: whole(1, 1_000_000, 50_000).describe('Most connections.'),
  MQTT_MAX_UNACKNOWLEDGED: whole(1, 65_535, 256).describe(
    'Most PUBLISH packets of a device on their way into the log; further ones wait in its socket.',
  ),
  MQTT_MAX_UNACKNOWLEDGED_BYTES: whole(1024, 268_435_456, 1_048_576).describe(
    'Most bytes of a device on their way into the log.',
  ),
  MQTT_INTAKE_BYTES: whole(1_048_576, 17_179_869_184, 134_217_728).describe(
    'Bytes of all devices on their way into the log; above it no socket is read.',
  ),
  MQTT_MAX_OUTBOUND_BYTES: whole(65_536, 268_435_456, 1_048_576).describe(
    'Bytes that may wait for a device that does not read; above it is disconnected.',
  ),
  MQTT_DRAIN_SECONDS: whole(1, 600, 5).describe('Time a device may leave its socket full, s.'),
  MQTT_DEVICE_RATE: whole(1, 1_000_000, 5000).describe('PUBLISH packets per second of a device; what is faster waits.'),
  MQTT_ORGANISATION_RATE: whole(1, 10_000_000, 200_000).describe(
    'PUBLISH packets per second of all devices of an organisation, whichever process they are connected to; what is faster waits.',
  ),
  MQTT_MAX_QUEUED: whole(1, 100_000, 100).describe(
    'Most messages kept for a device that is away; further ones are dropped.',
  ),
  MQTT_MAX_QUEUED_BYTES: whole(1024, 268_435_456, 1_048_576).describe('Most bytes kept for a device that is away.'),
  MQTT_MAX_SESSIONS: whole(1, 1_000_000, 50_000).describe('Most sessions kept.'),
  MQTT_MAX_RETAINED: whole(0, 1_000_000, 1000).describe('Most retained topics.'),
  MQTT_MAX_RETAINED_BYTES: whole(0, 1_073_741_824, 16_777_216).describe('Most bytes of retained messages.'),
  MQTT_MAX_UNRELEASED: whole(1, 65_535, 100).describe('Most QoS 2 messages of a client that wait for their PUBREL.'),
  ARCHIVE_LOOK_MINUTES: z.coerce
    .number()
    .min(0)
    .max(1440)
    .default(10)
    .describe('How often hours of telemetry that are over are archived in the object store, minutes; 0 = never.'),
  ARCHIVE_DELAY_MINUTES: z.coerce
    .number()
    .min(0)
    .max(1440)
    .default(5)
    .describe('How long an hour must be over before it is archived, minutes: more than clocks differ.'),
  ARCHIVE_POLICY: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File (JSON) that says how many days the archive of each organisation is kept, and its legal holds: `{"days": {"org_…": 400}, "holds": [{"org": …, "spreader": …, "reason": …}]}`. Read at every look; while it cannot be read nothing is removed. Unset: everything is kept.',
    ),
  ORGANISATION: z
    .string()
    .min(1)
    .default('org_default')
    .describe('Organisation in whose audit trail refusals of unknown devices are written.'),
});

/** Parsed configuration of ingest. */
export type IngestConfig = z.infer<typeof ingestConfig>;
