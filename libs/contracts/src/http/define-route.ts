import type { z } from 'zod';
import type { Permission } from '../access';
import type { ServiceName } from '../topics';

/** One operation of the public API: served by `service` at the same path, reached only through the gateway. */
export interface RouteDefinition<
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> {
  /** OpenAPI operationId, camelCase. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Path with `{name}` for parameters, starting `/v1/`. */
  readonly path: string;
  readonly service: ServiceName;
  /**
   * True when every service with a database serves the operation itself: the path parameter `service` says which one
   * is meant, and `service` here only stands for the group.
   */
  readonly everyService?: boolean;
  /** What the caller must be allowed; `null` = any signed-in caller, `'public'` = nobody needs to sign in. */
  readonly permission: Permission | null | 'public';
  readonly summary: string;
  readonly query?: Query;
  readonly body?: Body;
  /** Schema of the success answer's body. */
  readonly response: Response;
  /** Success status; 200 when absent. */
  readonly status?: 200 | 201 | 202 | 204;
  /** True when the caller must have signed in a moment ago (step-up); programs are not asked. */
  readonly freshSignIn?: true;
  /** The operation that reads what this one changes: its ETag is what an `If-Match` here is compared with. */
  readonly changes?: string;
  /** When the operation was deprecated, when it goes away (RFC 3339 days), and the operation to use instead. */
  readonly deprecated?: { readonly since: string; readonly sunset: string; readonly successor?: string };
  /** True when the service works through much history before its answer begins: the gateway waits longer for it. */
  readonly slow?: true;
  /** True when a query parameter names a thing that may not be there (404). */
  readonly queryNames?: boolean;
  /** Set when the answer can also be had as XML (`Accept: application/xml`): its root, namespace and which names are attributes. */
  readonly xml?: { readonly root: string; readonly namespace: string; readonly attributes: readonly string[] };
  /** Media types of the answer when it is a file; `response` then says nothing. */
  readonly files?: readonly string[];
  /** True when the answer is not JSON (an event stream, say); `response` then describes one item. */
  readonly stream?: boolean;
}

/** Declares a route; only there to infer its types. */
export const defineRoute = <Q extends z.ZodObject, B extends z.ZodType, R extends z.ZodType>(
  definition: RouteDefinition<Q, B, R>,
): RouteDefinition<Q, B, R> => definition;
