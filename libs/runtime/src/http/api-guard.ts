import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { routes, type RouteDefinition, type RouteId } from '@quaywatch/contracts';
import { can } from '@quaywatch/domain/access';
import type { SecretStore } from '@quaywatch/ports';
import type { z } from 'zod';
import type { AuditTrail } from '../audit';
import { isPassing } from '../passing-fault';
import { API_ROUTE, Refused } from './api';
import { verifyInternal, type InternalCall } from './internal-token';

/** The parts of an Express request that the guard reads, and the call it leaves there. */
interface Request {
  headers: Record<string, string | string[] | undefined>;
  params: Record<string, string>;
  query: unknown;
  body: unknown;
  apiCall?: unknown;
  internalCall?: InternalCall;
}

/** Metadata key: a method outside the public contract, open to the gateway's own signed calls (`kind` service). */
export const INTERNAL_ROUTE = 'quaywatch:internal';

/** Metadata key: a method that needs no token (health, the OpenID provider's public pages). */
export const OPEN_ROUTE = 'quaywatch:open';

/**
 * Guards every HTTP handler of a service, deny by default: `@Api` handlers need a valid internal token, the route's
 * permission and a request that fits the contract; `@Internal` ones the gateway itself; `@Open` ones nothing.
 */
export class ApiGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly secrets: SecretStore,
    private readonly audit: AuditTrail,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(OPEN_ROUTE, targets)) return true;
    const request = context.switchToHttp().getRequest<Request>();
    const call = await this.verify(request);
    request.internalCall = call;
    const id = this.reflector.getAllAndOverride<RouteId | undefined>(API_ROUTE, targets);
    if (id) return this.allow(id, call, request);
    if (this.reflector.getAllAndOverride<boolean>(INTERNAL_ROUTE, targets)) return call.principal?.kind === 'service';
    return false;
  }

  private async verify(request: Request): Promise<InternalCall> {
    const header = request.headers.authorization;
    const token = typeof header === 'string' ? /^Bearer (.+)$/.exec(header)?.[1] : undefined;
    if (!token) throw new Refused('forbidden', 'Only the gateway may call this service.');
    try {
      const call = await verifyInternal(this.secrets, token);
      const { 'x-request-id': given } = request.headers;
      return call.requestId === '' && typeof given === 'string' ? { ...call, requestId: given } : call;
    } catch (error) {
      // A key that cannot be read right now says nothing about the token.
      if (isPassing(error)) throw error;
      throw new Refused('forbidden', 'The internal token is not valid.');
    }
  }

  private async allow(id: RouteId, call: InternalCall, request: Request): Promise<boolean> {
    const route: RouteDefinition = routes[id];
    const { principal } = call;
    if (!principal) throw new Refused('forbidden', 'Sign in first.');
    if (route.permission && route.permission !== 'public' && !can(principal, route.permission)) {
      await this.audit.write({
        org: principal.org,
        class: 'authorisation',
        actor: { kind: principal.kind, id: principal.id },
        action: id,
        target: { kind: 'route', id: route.path },
        outcome: 'refused',
        reason: `needs ${route.permission}`,
        address: call.address,
      });
      throw new Refused('forbidden', `You need the permission ${route.permission}.`);
    }
    if (hasUnsafeText(request.params)) throw new Refused('not_found', 'There is no such thing.');
    request.apiCall = {
      principal,
      params: request.params,
      query: route.query ? check(route.query, request.query, 'query') : undefined,
      body: route.body ? check(route.body, request.body, '') : undefined,
      requestId: call.requestId,
      address: call.address,
    };
    return true;
  }
}

function check(schema: z.ZodType, value: unknown, where: string): unknown {
  if (hasUnsafeText(value))
    throw new Refused('invalid', 'Text may hold neither U+0000 nor half of a surrogate pair.', [
      { pointer: where ? `/${where}` : '/', code: 'unsafe_text', detail: 'No store keeps such text as it is.' },
    ]);
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => ({
    pointer: `${where ? `/${where}` : ''}/${issue.path.map(String).join('/')}`,
    code: issue.code,
    detail: issue.message,
  }));
  throw new Refused('invalid', 'Some fields are not valid.', errors);
}

/** Whether a text in it cannot be stored: U+0000, or halves of surrogate pairs (no valid Unicode). Nesting is bounded before. */
function hasUnsafeText(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\u0000') || /\p{Surrogate}/u.test(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, one]) => hasUnsafeText(key) || hasUnsafeText(one));
}
