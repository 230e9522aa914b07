import { z } from 'zod';
import { defineRoute } from './define-route';
import { pageOf, pageQuery, timeText } from './schemas';

/** What can be exported: moves, findings, or minutes of signals. */
export const exportDataset = z.enum(['moves', 'findings', 'signal_minutes']);

/** How an export is written. */
export const exportFormat = z.enum(['ndjson', 'csv', 'parquet']);

const exportJob = z.strictObject({
  id: z.string(),
  dataset: exportDataset,
  format: exportFormat,
  from: timeText,
  to: timeText,
  state: z.enum(['waiting', 'running', 'ready', 'failed', 'expired']),
  created_at: timeText,
  /** When the file is taken away. */
  expires_at: timeText,
  rows: z.int().nullable(),
  bytes: z.int().nullable(),
  /** SHA-256 of the file, hex. */
  sha256: z.string().nullable(),
  /** Where the file is while the state is `ready`. */
  file: z.string().nullable(),
  error: z.string().nullable(),
});

/** Bulk data as jobs: ask, poll, download. An export belongs to who asked for it, and to nobody else. */
export const exportRoutes = {
  createExport: defineRoute({
    id: 'createExport',
    method: 'POST',
    path: '/v1/exports',
    service: 'condition-analysis',
    permission: 'series.read',
    summary: 'Start an export: NDJSON, CSV or Parquet of moves, findings or minutes of signals of what you may see.',
    body: z.strictObject({
      dataset: exportDataset,
      format: exportFormat,
      from: timeText,
      to: timeText,
      /** Id or number; all that you may see when absent. */
      spreader: z.string().optional(),
      terminal: z.string().optional(),
      /** Only for `signal_minutes`; all when absent. */
      signals: z.array(z.string().min(1).max(100)).min(1).max(50).optional(),
    }),
    response: exportJob,
    status: 202,
    freshSignIn: true,
  }),
  listExports: defineRoute({
    id: 'listExports',
    method: 'GET',
    path: '/v1/exports',
    service: 'condition-analysis',
    permission: 'series.read',
    summary: 'Your exports, newest first.',
    query: z.strictObject({ ...pageQuery }),
    response: pageOf(exportJob),
  }),
  getExport: defineRoute({
    id: 'getExport',
    method: 'GET',
    path: '/v1/exports/{id}',
    service: 'condition-analysis',
    permission: 'series.read',
    summary: 'One of your exports.',
    response: exportJob,
  }),
  getExportFile: defineRoute({
    id: 'getExportFile',
    method: 'GET',
    path: '/v1/exports/{id}/file',
    service: 'condition-analysis',
    permission: 'series.read',
    summary: 'The file of one of your exports that is ready.',
    response: z.unknown(),
    files: ['application/x-ndjson', 'text/csv', 'application/vnd.apache.parquet'],
  }),
  deleteExport: defineRoute({
    id: 'deleteExport',
    method: 'DELETE',
    path: '/v1/exports/{id}',
    service: 'condition-analysis',
    permission: 'series.read',
    summary: 'Take one of your exports away.',
    changes: 'getExport',
    response: z.strictObject({}),
  }),
} as const;
