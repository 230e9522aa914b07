import { z } from 'zod';
import { defineEvent } from '../define-event';

const frame = {
  btu: z.string(),
  spreader: z.string().nullable(),
  boot: z.int().nonnegative(),
  /** Was stored on the device before it was sent. */
  historical: z.boolean(),
};

export const deviceMoveReported = defineEvent({
  type: 'device-move-reported',
  topic: 'da.telemetry',
  owner: 'ingest',
  grade: 'telemetry',
  doc: 'A device counted a move itself; it is compared with the moves made out of signals, and never added to them.',
  versions: [
    z.strictObject({
      ...frame,
      /** ULID, made by the device. */
      move: z.string(),
      /** ms UTC after clock correction. */
      startedAt: z.number(),
      endedAt: z.number(),
      class: z
        .enum(['single20', 'single30', 'single40', 'single45', 'twin2x20', 'hatch_cover', 'empty_cycle', 'unknown'])
        .nullable(),
      boxes: z.int().nullable(),
      /** The device's own count of moves, this one included. */
      total: z.int().nullable(),
      features: z.record(z.string(), z.number()),
    }),
  ],
});

export const histogramReported = defineEvent({
  type: 'histogram-reported',
  topic: 'da.telemetry',
  owner: 'ingest',
  grade: 'telemetry',
  doc: 'A device counted how a signal was distributed from `from` to `to`: bins of one axis, or of two (rainflow).',
  versions: [
    z.strictObject({
      ...frame,
      signal: z.string(),
      counted: z.enum(['samples', 'seconds', 'cycles', 'events']),
      /** ms UTC after clock correction. */
      from: z.number(),
      to: z.number(),
      axes: z.array(z.strictObject({ quantity: z.enum(['value', 'range', 'mean']), edges: z.array(z.number()) })),
      /** One for each bin, the last axis fastest. */
      counts: z.array(z.number()),
      outside: z.number(),
    }),
  ],
});
