import { problemOf } from '@quaywatch/runtime';
import type { Problem } from '@quaywatch/contracts';
import type { Response } from 'express';

/** Answers with an RFC 9457 problem document. */
export function sendProblem(res: Response, status: number, detail?: string, errors?: Problem['errors']): void {
  if (res.headersSent) return void res.destroy();
  if (status === 503) res.set('Retry-After', '5');
  res
    .status(status)
    .set('Cache-Control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(status, detail, requestIdOf(res), errors)));
}

/** The id of the request that this answers. */
export const requestIdOf = (res: Response): string => String(res.locals['requestId'] ?? '');

/** The network address that the request came from. */
export const addressOf = (res: Response): string | null => (res.locals['address'] as string | null | undefined) ?? null;
