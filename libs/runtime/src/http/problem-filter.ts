import { HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Problem } from '@quaywatch/contracts';
import { describeError, Fault, type RefusalCode } from '@quaywatch/kernel';
import { throwError, type Observable } from 'rxjs';
import { isPassing } from '../passing-fault';
import type { Logger } from '../logger';
import { Refused } from './api';

/** The only place that turns refusals into HTTP numbers. */
export const statusOf: Readonly<Record<RefusalCode, number>> = {
  invalid: 400,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  stale: 412,
  key_reused: 422,
  too_many: 429,
};

const titles: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'In conflict with the present state',
  410: 'No longer there',
  412: 'Changed since it was read',
  413: 'Too large',
  415: 'Media type not supported',
  422: 'The key was used for another request',
  429: 'Too many requests',
  500: 'Something went wrong here',
  503: 'Not available right now',
  504: 'No answer in time',
};

/** An RFC 9457 problem document with our own `type` pages. */
export function problemOf(
  status: number,
  detail: string | undefined,
  requestId: string | undefined,
  errors: Problem['errors'] = [],
): Problem {
  const title = titles[status] ?? 'Error';
  return {
    type: `/problems/${title.toLowerCase().replaceAll(' ', '-')}`,
    title,
    status,
    ...(detail ? { detail } : {}),
    ...(requestId ? { request_id: requestId } : {}),
    ...(errors.length > 0 ? { errors } : {}),
  };
}

interface Response {
  headersSent: boolean;
  status(code: number): Response;
  type(mime: string): Response;
  send(body: string): void;
  setHeader(name: string, value: string): void;
}

/** HTTP: every error becomes a problem document. Events: the error goes on unchanged to the delivery, which decides. */
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> | void {
    if (host.getType() !== 'http') return throwError(() => error);
    const request = host
      .switchToHttp()
      .getRequest<{ internalCall?: { requestId: string }; id?: string; method: string; path: string }>();
    const response = host.switchToHttp().getResponse<Response>();
    const requestId = request.internalCall?.requestId ?? request.id;
    const problem = this.problem(error, requestId, `${request.method} ${request.path}`);
    if (response.headersSent) return;
    if (problem.status === 503) response.setHeader('Retry-After', '5');
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }

  private problem(error: unknown, requestId: string | undefined, where: string): Problem {
    if (error instanceof Refused) return problemOf(statusOf[error.code], error.message, requestId, [...error.errors]);
    if (error instanceof HttpException) return problemOf(error.getStatus(), error.message, requestId);
    const status = (error as { status?: unknown } | null)?.status;
    if (typeof status === 'number' && status >= 400 && status < 500)
      return problemOf(status, describeError(error), requestId);
    const code = error instanceof Fault ? error.code : undefined;
    this.logger.error(
      { requestId, where, code, reason: describeError(error), stack: error instanceof Error ? error.stack : undefined },
      'request failed',
    );
    return isPassing(error) ? problemOf(503, undefined, requestId) : problemOf(500, undefined, requestId);
  }
}
