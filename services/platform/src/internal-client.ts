import { ownerOf, routes, type Principal, type RouteId } from '@quaywatch/contracts';
import { Fault, makeId } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import type { ApiAnswer, Peers } from '@quaywatch/runtime';
import type { z } from 'zod';

type Body<R extends RouteId> =
  NonNullable<(typeof routes)[R]['body']> extends infer B extends z.ZodType ? z.input<B> : undefined;

/** The platform as a caller: administrator of one organisation. */
export const platformPrincipal = (org: string): Principal => ({
  kind: 'service',
  id: 'platform',
  org,
  roles: [{ role: 'administrator', scope: 'organisation' }],
});

/** Calls API operations at their owning service directly, as the platform itself; audited there like any other call. */
export class InternalClient {
  constructor(
    private readonly peers: Peers,
    private readonly principal: Principal,
    private readonly clock: Clock,
  ) {}

  /** Calls an operation. Fault `CALL_FAILED` with the problem's text when it is refused. */
  async call<R extends RouteId>(
    id: R,
    request: { params?: Record<string, string>; query?: Record<string, string>; body?: Body<R> } = {},
  ): Promise<ApiAnswer<R>> {
    const route = routes[id];
    const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(request.params?.[name] ?? ''),
    );
    const query = request.query ? `?${new URLSearchParams(request.query).toString()}` : '';
    const requestId = makeId('request', this.clock.now(), this.clock.random(10));
    const owner = ownerOf(route, request.params ?? {}) ?? route.service;
    const response = await fetch(`${this.peers.urlOf(owner)}${path}${query}`, {
      method: route.method,
      headers: {
        ...(await this.peers.headersFor(this.principal, { requestId, address: null })),
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: request.body === undefined ? undefined : JSON.stringify(request.body),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Fault('CALL_FAILED', `${id}: ${response.status} ${text}`);
    return JSON.parse(text) as ApiAnswer<R>;
  }
}
