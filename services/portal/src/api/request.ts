import type { Problem, RouteId, routes } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import { learnServerTime } from '../time/clock';
import { contact } from '../live/connection';
import { apiPaths } from './paths';

type Routes = typeof routes;

/** What the operation answers when it succeeds. */
export type Answer<Id extends RouteId> = Routes[Id]['response']['_zod']['output'];

type QueryNames<Id extends RouteId> = Routes[Id] extends { query?: infer Q }
  ? NonNullable<Q> extends { _zod: { input: infer Input } }
    ? keyof Input
    : never
  : never;

/** Parameters of an operation: `path` fills `{name}`, `query` goes behind the `?` (undefined is left out). */
export interface Parameters<Id extends RouteId> {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: { readonly [Name in QueryNames<Id>]?: string | number | undefined };
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** An answer that is not a success, with what the server said about it. */
export class ApiFault extends Fault {
  constructor(
    /** HTTP status; 0 = nothing came back. */
    readonly status: number,
    readonly problem: Problem | null,
    options: { cause?: unknown } = {},
  ) {
    super(
      status === 0 ? 'UNREACHABLE' : `HTTP_${status}`,
      problem?.detail ?? problem?.title ?? (status === 0 ? 'The server cannot be reached.' : `The server answered ${status}.`),
      { ...options, retryable: status === 0 || status === 429 || status >= 500 },
    );
  }
}

/** Sends the browser to sign in and back here; does nothing the second time. */
export const signIn = ((): (() => void) => {
  let going = false;
  return () => {
    if (going) return;
    going = true;
    const here = window.location.pathname + window.location.search + window.location.hash;
    window.location.assign(`/auth/login?return_to=${encodeURIComponent(here)}`);
  };
})();

/** Calls an operation of the API with the session cookie. Throws ApiFault; a 401 also sends the browser to sign in. */
export async function request<Id extends RouteId>(id: Id, parameters: Parameters<Id> = {}): Promise<Answer<Id>> {
  const { method, path } = apiPaths[id as keyof typeof apiPaths];
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters.path?.[name] ?? ''));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries<string | number | undefined>(parameters.query ?? {})) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.size > 0 ? `${filled}?${query}` : filled;
  return (await send(text, method, parameters.body, parameters.signal)) as Answer<Id>;
}

/** Sends a request to our own origin; changes carry `X-CSRF: 1`. Throws ApiFault. */
export async function send(path: string, method: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: {
        Accept: 'application/json, application/problem+json',
        ...(method === 'GET' ? {} : { 'X-CSRF': '1' }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiFault(0, null, { cause });
  }
  learnServerTime(response.headers.get('date'));
  if (response.status === 401) signIn();
  if (!response.ok) {
    const problem = (await response.json().catch(() => null)) as Problem | null;
    throw new ApiFault(response.status, problem);
  }
  contact();
  return response.status === 204 ? null : await response.json();
}
