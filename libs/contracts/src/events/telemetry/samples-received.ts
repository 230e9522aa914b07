import { z } from 'zod';
import { defineEvent } from '../define-event';
import { clockQuality } from '../../device/native-json';

/** Streams as they were when version 1 was published; samples come on the first two. */
const streamOfVersion1 = z.enum(['live', 'event', 'alarm', 'birth', 'gap']);

/** Samples of one signal, columns of equal length; `at` in ms UTC after clock correction; null = missing. */
export const sampleColumn = z.strictObject({
  signal: z.string(),
  at: z.array(z.number()),
  values: z.array(z.union([z.number(), z.boolean(), z.string(), z.null()])),
});

export const samplesReceived = defineEvent({
  type: 'samples-received',
  topic: 'da.telemetry',
  owner: 'ingest',
  grade: 'telemetry',
  doc: 'A device sent samples of its signals; times are corrected, raw times can be had from `clockOffset`.',
  versions: [
    z.strictObject({
      btu: z.string(),
      /** Spreader the BTU is bound to; null while unbound (data are kept, no condition is derived). */
      spreader: z.string().nullable(),
      stream: streamOfVersion1,
      boot: z.int().nonnegative(),
      seq: z.int().nonnegative(),
      receivedAt: z.number(),
      /** True when the device had stored it while offline. */
      historical: z.boolean(),
      clock: clockQuality,
      /** Added to device times to get `at`, ms. */
      clockOffset: z.number(),
      samples: z.array(sampleColumn),
    }),
  ],
  accepts: isSamples,
});

const streams: ReadonlySet<unknown> = new Set(streamOfVersion1.options);
const clocks: ReadonlySet<unknown> = new Set(clockQuality.options);

function isSamples(data: unknown): boolean {
  if (!isObject(data) || Object.keys(data).length !== 10) return false;
  const { btu, spreader, stream, boot, seq, receivedAt, historical, clock, clockOffset, samples } = data;
  return (
    typeof btu === 'string' &&
    (spreader === null || typeof spreader === 'string') &&
    streams.has(stream) &&
    isCount(boot) &&
    isCount(seq) &&
    Number.isFinite(receivedAt) &&
    typeof historical === 'boolean' &&
    clocks.has(clock) &&
    Number.isFinite(clockOffset) &&
    Array.isArray(samples) &&
    samples.every(isColumn)
  );
}

function isColumn(column: unknown): boolean {
  if (!isObject(column) || Object.keys(column).length !== 3) return false;
  const { signal, at, values } = column;
  if (typeof signal !== 'string' || !Array.isArray(at) || !Array.isArray(values)) return false;
  for (const time of at as unknown[]) if (!Number.isFinite(time)) return false;
  for (const value of values as unknown[]) {
    const kind = typeof value;
    if (kind === 'number' ? !Number.isFinite(value) : kind !== 'boolean' && kind !== 'string' && value !== null)
      return false;
  }
  return true;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
