import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { routes, type RouteDefinition, type RouteId } from '@quaywatch/contracts';
import { seconds } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import { createHash, randomBytes } from 'node:crypto';
import type { Agent } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { defer, from, lastValueFrom, type Observable } from 'rxjs';
import { API_ROUTE, Refused, type ApiCall } from './api';
import { callService, headerOf } from './call-service';

interface Request {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: Socket;
  readonly apiCall?: ApiCall<RouteId>;
}

/** A strong entity tag: the same bytes give the same tag. */
export const entityTag = (body: string | Buffer): string =>
  `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;

/** Longer than the gateway waits for a change. */
const lease = seconds(30);

/**
 * `If-Match` (RFC 9110 §13.1.1) on operations whose contract says what they change: the resource is read as the caller
 * would read it, and what has another ETag by now is not changed (412). One such change of a resource at a time.
 */
export class Conditions implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly store: ViewStore | undefined,
    private readonly clock: Clock,
    /** For calls of this service itself. */
    private readonly agent: Agent,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const id = this.reflector.get<RouteId | undefined>(API_ROUTE, context.getHandler());
    if (!id || routes[id].method === 'GET' || context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<Request>();
    const condition = request.headers['if-match'];
    if (typeof condition !== 'string') return next.handle();
    const { changes }: RouteDefinition = routes[id];
    if (!changes || !(changes in routes) || !this.store) {
      throw new Refused('invalid', 'This operation takes no If-Match.', [
        { pointer: '/header/If-Match', code: 'unknown', detail: 'What it changes has no ETag.' },
      ]);
    }
    const { store } = this;
    const resource = routes[changes as RouteId].path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(request.apiCall?.params[name] ?? ''),
    );
    return defer(() => from(this.guarded(store, request, resource, condition, next)));
  }

  private async guarded(
    store: ViewStore,
    request: Request,
    resource: string,
    condition: string,
    next: CallHandler,
  ): Promise<unknown> {
    const name = [`if-match ${request.apiCall?.principal.org ?? ''}`, resource, randomBytes(12).toString('base64url')];
    const now = this.clock.now();
    const taken = await store.transact((tx) =>
      tx.query(
        `insert into request_key (caller, key_hash, fingerprint, state, holder, started_at, expires_at)
         values ($1, $2, '', 'started', $3, $4, $5)
         on conflict (caller, key_hash) do update set holder = excluded.holder, expires_at = excluded.expires_at
         where request_key.expires_at <= $4 returning 1`,
        [...name, now, now + lease],
      ),
    );
    if (taken.length === 0) throw new Refused('conflict', 'Somebody else is changing it right now.');
    try {
      await mustMatch(request, resource, condition, this.agent);
      return await lastValueFrom(next.handle());
    } finally {
      await store
        .transact((tx) => tx.query('delete from request_key where caller = $1 and key_hash = $2 and holder = $3', name))
        .catch(() => {
          // The lease runs out by itself.
        });
    }
  }
}

/** Reads the resource through the front door of this service, with the caller's own token: same guards, same bytes. */
async function mustMatch(request: Request, resource: string, condition: string, agent: Agent): Promise<void> {
  const { localAddress = '127.0.0.1', localPort, servername } = request.socket as Partial<TLSSocket>;
  const host = localAddress.includes(':') ? `[${localAddress}]` : localAddress;
  const scheme = servername === undefined ? 'http' : 'https';
  const answer = await callService(`${scheme}://${host}:${localPort}${resource}`, {
    method: 'GET',
    headers: { authorization: String(request.headers.authorization), accept: 'application/json' },
    signal: AbortSignal.timeout(5000),
    agent,
    // Our own certificate bears the name by which we were called, not our address.
    expectedName: typeof servername === 'string' ? servername : undefined,
    repeatable: true,
  });
  answer.resume();
  const status = answer.statusCode ?? 500;
  if (status === 404 || status === 410) throw new Refused('not_found', 'There is no such thing.');
  if (status === 403) throw new Refused('forbidden', 'You may not read what the condition is about.');
  const tag = headerOf(answer.headers, 'etag');
  const wanted = condition.split(',').map((part) => part.trim());
  const ok = status >= 200 && status < 300;
  if (ok && (condition.trim() === '*' || (tag !== undefined && wanted.includes(tag)))) return;
  throw new Refused('stale', 'It was changed since you have read it. Read it again.');
}
