import { z } from 'zod';
import { defineEvent } from '../define-event';
import { clockQuality, deviceStream } from '../../device/native-json';

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
      stream: deviceStream,
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
});
