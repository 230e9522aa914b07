import { z } from 'zod';
import { burstTrigger } from '../device/burst';
import { defineRoute } from './define-route';
import { pageOf, pageQuery, timeText } from './schemas';

const burst = z.strictObject({
  id: z.string(),
  btu: z.string(),
  signal: z.string(),
  unit: z.string(),
  trigger: burstTrigger,
  /** The command that asked for it. */
  command_id: z.string().nullable(),
  started_at: timeText,
  /** Samples a second. */
  rate: z.number(),
  samples: z.int(),
  /** Why it is not here, and which chunks never came; null = it is here. */
  lost: z.strictObject({ reason: z.string(), missing_chunks: z.array(z.int()) }).nullable(),
});

/** What devices sent because they were asked, or because something happened. */
export const burstRoutes = {
  listBursts: defineRoute({
    id: 'listBursts',
    method: 'GET',
    path: '/v1/spreaders/{id}/bursts',
    service: 'ingest',
    permission: 'series.read',
    summary: 'Short windows of a signal at a high rate, newest first; lost ones too, with what is missing.',
    query: z.strictObject(pageQuery),
    response: pageOf(burst),
  }),
  getBurst: defineRoute({
    id: 'getBurst',
    method: 'GET',
    path: '/v1/spreaders/{id}/bursts/{burst}',
    service: 'ingest',
    permission: 'series.read',
    summary: 'A burst with its samples: 32-bit floats, little-endian, base64.',
    response: z.strictObject({
      ...burst.shape,
      /** Of the samples, hex; null = it was lost. */
      sha256: z.string().nullable(),
      /** null = it was lost, or its samples are not kept any more. */
      samples_base64: z.string().nullable(),
    }),
  }),
  getCommandLog: defineRoute({
    id: 'getCommandLog',
    method: 'GET',
    path: '/v1/devices/{id}/commands/{command}/log',
    service: 'ingest',
    permission: 'devices.read',
    summary: 'The log that a BTU sent when it was asked for it; 409 when there is none.',
    response: z.strictObject({ text: z.string() }),
  }),
};
