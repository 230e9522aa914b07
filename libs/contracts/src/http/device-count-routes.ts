import { z } from 'zod';
import { moveClass } from '../condition';
import { histogramAxis, histogramCounted } from '../device/histogram';
import { defineRoute } from './define-route';
import { pageOf, pageQuery, timeText } from './schemas';

const service = 'condition-analysis' as const;
const range = { from: timeText, to: timeText };

/** What devices count themselves, and what was refused them. */
export const deviceCountRoutes = {
  listDeviceMoves: defineRoute({
    id: 'listDeviceMoves',
    method: 'GET',
    path: '/v1/spreaders/{id}/device-moves',
    service,
    permission: 'moves.read',
    summary: 'Moves as the device of the spreader counted them itself, newest first; they are in no other figure.',
    query: z.strictObject(pageQuery),
    response: pageOf(
      z.strictObject({
        id: z.string(),
        btu: z.string(),
        started_at: timeText,
        ended_at: timeText,
        class: moveClass.nullable(),
        boxes: z.int().nullable(),
        total: z.int().nullable(),
        features: z.record(z.string(), z.number()),
        historical: z.boolean(),
      }),
    ),
  }),
  compareMoves: defineRoute({
    id: 'compareMoves',
    method: 'GET',
    path: '/v1/spreaders/{id}/move-comparison',
    service,
    permission: 'moves.read',
    summary: 'Moves made out of signals beside those that the device counted: where they differ, something was lost.',
    query: z.strictObject(range),
    response: z.strictObject({
      spreader_id: z.string(),
      ...range,
      by_platform: z.int(),
      /** 0 with `untold` null: the device counts none. */
      by_device: z.int(),
      matched: z.int(),
      /** The first 100 of each. */
      only_platform: z.array(z.string()),
      only_device: z.array(z.string()),
      /** Moves that the device counted and never told; null = it numbers none. */
      untold: z.int().nullable(),
      counter_restarts: z.int(),
    }),
  }),
  getDistribution: defineRoute({
    id: 'getDistribution',
    method: 'GET',
    path: '/v1/spreaders/{id}/distribution',
    service,
    permission: 'series.read',
    summary: 'How a signal was distributed over a time, from the histograms that the device counted: bins and counts.',
    query: z.strictObject({ ...range, signal: z.string().min(1).max(64) }),
    response: z.strictObject({
      spreader_id: z.string(),
      signal: z.string(),
      unit: z.string(),
      ...range,
      counted: histogramCounted.nullable(),
      axes: z.array(histogramAxis),
      /** One for each bin, the last axis fastest. */
      counts: z.array(z.number()),
      outside: z.number(),
      /** Histograms that were added up, and the time that they cover; those that reach beyond the range are left out. */
      histograms: z.int(),
      covered_seconds: z.number(),
      /** Histograms of the range with other bins than the newest one: not added up. */
      left_out: z.int(),
    }),
  }),
  listRefusals: defineRoute({
    id: 'listRefusals',
    method: 'GET',
    path: '/v1/refusals',
    service: 'ingest',
    permission: 'devices.read',
    summary:
      'What was refused, delayed or dropped at the device ports, by action and cause; each is in the audit trail.',
    query: z.strictObject({ hours: z.coerce.number().int().min(1).max(744).default(24) }),
    response: z.strictObject({
      since: timeText,
      data: z.array(z.strictObject({ action: z.string(), cause: z.string(), count: z.int(), last_at: timeText })),
    }),
  }),
};
