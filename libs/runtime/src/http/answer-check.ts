import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { routes, type RouteDefinition, type RouteId } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import { map, type Observable } from 'rxjs';
import { API_ROUTE } from './api';

/** Checks every answer against the contract before it is sent: no field leaves that the contract does not name. */
export class AnswerCheck implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const id = this.reflector.get<RouteId | undefined>(API_ROUTE, context.getHandler());
    if (!id) return next.handle();
    const { response, files }: RouteDefinition = routes[id];
    if (files) return next.handle();
    return next.handle().pipe(
      map((answer) => {
        const parsed = response.safeParse(answer);
        if (parsed.success) {
          linkNext(context, parsed.data);
          return parsed.data;
        }
        throw new Fault('ANSWER_INVALID', `${id} answered outside its contract: ${parsed.error.message}`);
      }),
    );
  }
}

/** `Link: rel="next"` (RFC 8288) beside the cursor of a list: programs that know only links can go on. */
function linkNext(context: ExecutionContext, answer: unknown): void {
  const cursor = (answer as { next_cursor?: unknown } | null)?.next_cursor;
  if (typeof cursor !== 'string') return;
  const http = context.switchToHttp();
  const { originalUrl } = http.getRequest<{ originalUrl: string }>();
  const [path = '', search = ''] = originalUrl.split('?', 2);
  const query = new URLSearchParams(search);
  query.set('cursor', cursor);
  http
    .getResponse<{ setHeader(name: string, value: string): void }>()
    .setHeader('Link', `<${path}?${query.toString()}>; rel="next"`);
}
