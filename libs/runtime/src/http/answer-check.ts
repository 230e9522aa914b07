import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { routes, type RouteId } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import { map, type Observable } from 'rxjs';
import { API_ROUTE } from './api';

/** Checks every answer against the contract before it is sent: no field leaves that the contract does not name. */
export class AnswerCheck implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const id = this.reflector.get<RouteId | undefined>(API_ROUTE, context.getHandler());
    if (!id) return next.handle();
    const { response } = routes[id];
    return next.handle().pipe(
      map((answer) => {
        const parsed = response.safeParse(answer);
        if (parsed.success) return parsed.data;
        throw new Fault('ANSWER_INVALID', `${id} answered outside its contract: ${parsed.error.message}`);
      }),
    );
  }
}
