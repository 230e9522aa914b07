import { z } from 'zod';
import { nativeTopicRoot } from './native-json';

/** Topic on which the BTU `serial` sends bursts: short windows of a signal at a high rate, in chunks. */
export const burstTopic = (serial: string): string => `${nativeTopicRoot}/${serial}/burst`;

/** Why a burst was recorded. */
export const burstTrigger = z.enum(['request', 'snag', 'estop']);

/** One chunk of a burst; all but `n` and `data` are the same in each chunk of it. */
export const burstChunk = z.strictObject({
  v: z.literal(1),
  /** Made by the device, never used twice. */
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  signal: z.string().min(1).max(64),
  trigger: burstTrigger,
  /** The command that asked for it; null = none did. */
  command: z.string().max(64).nullable(),
  /** Device time of the first sample, ms UTC. */
  startAt: z.number(),
  /** Samples a second. */
  rate: z.number().positive().max(100_000),
  /** Samples of the whole: 32-bit floats, little-endian. */
  samples: z.int().min(1).max(1_048_576),
  /** SHA-256 of the whole, hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Which chunk, from 0. */
  n: z.int().min(0).max(63),
  of: z.int().min(1).max(64),
  data: z.base64().min(4).max(131_072),
});

/** One chunk of a burst. */
export type BurstChunk = z.infer<typeof burstChunk>;
