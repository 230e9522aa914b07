import {
  applyDecorators,
  createParamDecorator,
  Delete,
  Get,
  HttpCode,
  Patch,
  Post,
  Put,
  SetMetadata,
  type ExecutionContext,
} from '@nestjs/common';
import { routes, type Principal, type RouteId } from '@quaywatch/contracts';
import type { RefusalCode } from '@quaywatch/kernel';
import type { z } from 'zod';

type Route<R extends RouteId> = (typeof routes)[R];
type Parsed<S> = NonNullable<S> extends z.ZodType ? z.infer<NonNullable<S>> : undefined;

/** One call of an API operation, already authenticated, authorised and checked against the contract. */
export interface ApiCall<R extends RouteId> {
  readonly principal: Principal;
  /** Path parameters by name, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Parsed<Route<R>['query']>;
  readonly body: Parsed<Route<R>['body']>;
  readonly requestId: string;
  /** Network address of the caller as the gateway saw it. */
  readonly address: string | null;
}

/** The success answer of an operation; checked against the contract before it is sent. */
export type ApiAnswer<R extends RouteId> = z.input<Route<R>['response']>;

/** Metadata key: the operation a method serves. */
export const API_ROUTE = 'quaywatch:route';

/**
 * Serves an operation of `contracts` routes: method, path, status, sign-in, permission and checks all come from there.
 * The method takes `@Call() call: ApiCall<'takeAlarm'>` and returns `Promise<ApiAnswer<'takeAlarm'>>`; it refuses by
 * throwing `new Refused(code, reason)`.
 */
export function Api(id: RouteId): MethodDecorator {
  const route = routes[id];
  const path = route.path.replace(/\{(\w+)\}/g, ':$1');
  const verb = { GET: Get, POST: Post, PATCH: Patch, PUT: Put, DELETE: Delete }[route.method];
  const status = ('status' in route && route.status) || 200;
  return applyDecorators(verb(path), HttpCode(status), SetMetadata(API_ROUTE, id));
}

/** Injects the `ApiCall`. */
export const Call = createParamDecorator((_: unknown, context: ExecutionContext): unknown => {
  return context.switchToHttp().getRequest<{ apiCall?: unknown }>().apiCall;
});

/** A refusal on its way to the caller; becomes an RFC 9457 problem document. */
export class Refused extends Error {
  constructor(
    readonly code: RefusalCode,
    reason: string,
    readonly errors: readonly { pointer: string; code: string; detail: string }[] = [],
  ) {
    super(reason);
    this.name = 'Refused';
  }
}
