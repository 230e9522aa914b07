import type { Metrics } from '@quaywatch/runtime';
import type { Response } from 'express';

/** Counts answers and how long they took, by part of the edge and class of status; the event stream, which stays open, is not timed. */
export function measureRequests(metrics: Metrics): (res: Response, milliseconds: number) => void {
  const took = metrics.histogram(
    'quaywatch_gateway_request_seconds',
    'Time from a request to the end of its answer, by area and status.',
  );
  const left = metrics.counter(
    'quaywatch_gateway_requests_left_total',
    'Requests whose caller left before the answer.',
  );
  return (res, milliseconds) => {
    const area = areaOf(res.req.originalUrl);
    if (!res.writableFinished) return left({ area });
    if (!String(res.getHeader('content-type')).startsWith('text/event-stream'))
      took({ area, status: `${Math.floor(res.statusCode / 100)}xx` }, milliseconds / 1000);
  };
}

function areaOf(path: string): string {
  const first = /^\/([\w-]*)/.exec(path)?.[1];
  if (first === 'v1') return 'api';
  if (first === 'auth' || first === 'oidc') return 'sign-in';
  return first === 'healthz' || first === 'readyz' ? 'health' : 'portal';
}
