import { z } from 'zod';
import { burstTrigger } from '../../device/burst';
import { defineEvent } from '../define-event';

const burst = {
  btu: z.string(),
  spreader: z.string().nullable(),
  /** Of this device. */
  burst: z.string(),
  signal: z.string(),
  trigger: burstTrigger,
  command: z.string().nullable(),
  /** Device time of the first sample, ms UTC. */
  startAt: z.number(),
  rate: z.number(),
  samples: z.int().positive(),
};

export const burstReceived = defineEvent({
  type: 'burst-received',
  topic: 'da.telemetry',
  owner: 'ingest',
  grade: 'telemetry',
  doc: 'A burst of a signal at a high rate is here whole; its samples (32-bit floats, little-endian) are an object.',
  versions: [z.strictObject({ ...burst, sha256: z.string(), object: z.string() })],
});

export const burstLost = defineEvent({
  type: 'burst-lost',
  topic: 'da.telemetry',
  owner: 'ingest',
  grade: 'telemetry',
  doc: 'A burst began to come and will never be whole: chunks are missing, or it is not what the device recorded.',
  versions: [z.strictObject({ ...burst, missing: z.array(z.int()), reason: z.string() })],
});
