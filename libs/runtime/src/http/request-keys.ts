import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { routes, type RouteDefinition, type RouteId } from '@quaywatch/contracts';
import { Fault, hours, seconds } from '@quaywatch/kernel';
import type { Clock, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { defer, from, lastValueFrom, type Observable } from 'rxjs';
import { API_ROUTE, Refused, type ApiCall } from './api';

/** How long an answer is kept for a repetition. */
export const requestKeyLife = hours(24);

/** After that a request that never answered is taken for dead; longer than the gateway waits. */
const lease = seconds(30);

/** One request under a key: named by its caller and the hash of the key, held by this attempt. */
interface Held {
  readonly caller: string;
  readonly keyHash: string;
  readonly holder: string;
  /** True when the request has its answer: work that it has set going and that goes on is not part of it. */
  over: boolean;
}

const underWay = new AsyncLocalStorage<Held>();

/**
 * The same store, but a request that runs under a key is marked as carried out in the very transaction that carries it
 * out, and cannot commit when another attempt has taken over: with one key an effect happens once, also across a crash.
 */
export function storeWithRequestKeys(store: ViewStore): ViewStore {
  return {
    transact: (work) => {
      const held = underWay.getStore();
      if (!held || held.over) return store.transact(work);
      return store.transact(async (tx) => {
        let published = false;
        const watched: StoreTransaction = {
          ...tx,
          publish: (events) => {
            published = true;
            return tx.publish(events);
          },
        };
        const value = await work(watched);
        const [{ wrote } = { wrote: false }] = await tx.query<{ wrote: boolean }>(
          'select pg_current_xact_id_if_assigned() is not null as wrote',
        );
        if (!wrote && !published) return value;
        const marked = await tx.query(
          `update request_key set state = case state when 'started' then 'applied' else state end
           where caller = $1 and key_hash = $2 and holder = $3 returning 1`,
          [held.caller, held.keyHash, held.holder],
        );
        if (marked.length === 0) throw new Fault('STALE_INSTANCE', 'another attempt with the same key has taken over');
        return value;
      });
    },
    readAs: (org, work) => store.readAs(org, work),
    takeOutbox: (limit, send) => store.takeOutbox(limit, send),
    onOutbox: (wake) => store.onOutbox(wake),
    close: () => store.close(),
  };
}

interface Request {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly apiCall?: ApiCall<RouteId>;
}

/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07) on every POST of the API, per caller, kept 24 h in
 * the owning service's database: a repetition gets the first answer again (`Idempotency-Replayed: true`), the same key
 * for something else is refused (422), as is a repetition while the first is under way (409). A refused or failed
 * request frees its key. Answers can hold secrets that are shown once: they are sealed with the key itself, of which
 * only the hash is kept.
 */
export class RequestKeys implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly store: ViewStore | undefined,
    private readonly clock: Clock,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const id = this.reflector.get<RouteId | undefined>(API_ROUTE, context.getHandler());
    if (!id || routes[id].method !== 'POST' || !this.store || context.getType() !== 'http') return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const key = readKey(request.headers['idempotency-key']);
    if (key === undefined || !request.apiCall) return next.handle();
    const route: RouteDefinition = routes[id];
    const { store } = this;
    const { apiCall } = request;
    const response = http.getResponse<{ setHeader(name: string, value: string): void }>();
    return defer(() => from(this.once(store, route, apiCall, key, next, response)));
  }

  private async once(
    store: ViewStore,
    route: RouteDefinition,
    call: ApiCall<RouteId>,
    key: string,
    next: CallHandler,
    response: { setHeader(name: string, value: string): void },
  ): Promise<unknown> {
    const { org, kind, id } = call.principal;
    const held: Held = {
      caller: `${org}/${kind}/${id}`,
      keyHash: digest(key),
      holder: randomBytes(12).toString('base64url'),
      over: false,
    };
    const fingerprint = digest(canonical([route.id, call.params, call.query ?? null, call.body ?? null]));
    const earlier = await this.take(store, held, fingerprint);
    if (earlier) {
      response.setHeader('Idempotency-Replayed', 'true');
      return JSON.parse(unseal(earlier, key, held.caller)) as unknown;
    }
    let answer: unknown;
    try {
      answer = await underWay.run(held, () => lastValueFrom(next.handle()));
    } catch (error) {
      held.over = true;
      // What was carried out stays marked: it must not be carried out again.
      await this.change(store, held, `delete from request_key where ${mine} and state = 'started'`).catch(() => {
        // Its lease runs out by itself; the caller gets the first error.
      });
      throw error;
    }
    held.over = true;
    await this.change(store, held, `update request_key set state = 'answered', answer = $4 where ${mine}`, [
      seal(JSON.stringify(answer ?? null), key, held.caller),
    ]);
    return answer;
  }

  /** Takes the key for this attempt; resolves with the sealed answer when there is one; refuses what must wait or differs. */
  private take(store: ViewStore, held: Held, fingerprint: string): Promise<Buffer | undefined> {
    const now = this.clock.now();
    return store.transact(async (tx) => {
      const taken = await tx.query(
        `insert into request_key (caller, key_hash, fingerprint, state, holder, started_at, expires_at)
         values ($1, $2, $3, 'started', $4, $5, $6)
         on conflict (caller, key_hash) do update
         set fingerprint = excluded.fingerprint, state = 'started', holder = excluded.holder, answer = null,
             started_at = excluded.started_at, expires_at = excluded.expires_at
         where request_key.expires_at <= $5
            or (request_key.state = 'started' and request_key.started_at <= $7
                and request_key.fingerprint = excluded.fingerprint)
         returning 1`,
        [held.caller, held.keyHash, fingerprint, held.holder, now, now + requestKeyLife, now - lease],
      );
      if (taken.length > 0) {
        await tx.query(
          `delete from request_key where (caller, key_hash) in
             (select caller, key_hash from request_key where expires_at <= $1 limit 20 for update skip locked)`,
          [now],
        );
        return undefined;
      }
      const [row] = await tx.query<{ fingerprint: string; state: string; started_at: string; answer: Buffer | null }>(
        'select fingerprint, state, started_at, answer from request_key where caller = $1 and key_hash = $2',
        [held.caller, held.keyHash],
      );
      if (row && row.fingerprint !== fingerprint)
        throw new Refused('key_reused', 'The Idempotency-Key was used for another request. Take a new one.');
      if (row?.state === 'answered' && row.answer) return row.answer;
      if (row?.state === 'applied' && Number(row.started_at) <= now - lease)
        throw new Refused('conflict', 'It was carried out, but its answer was lost. Read what came of it.');
      throw new Refused('conflict', 'The first request with this Idempotency-Key is still under way.');
    });
  }

  private async change(store: ViewStore, held: Held, sql: string, more: readonly unknown[] = []): Promise<void> {
    await store.transact((tx) => tx.query(sql, [held.caller, held.keyHash, held.holder, ...more]));
  }
}

const mine = 'caller = $1 and key_hash = $2 and holder = $3';

/** The key as the caller wrote it, quotes of a structured field taken off; undefined when there is none. */
function readKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = typeof header === 'string' ? header.replace(/^"(.*)"$/, '$1') : '';
  if (/^[\x21\x23-\x5b\x5d-\x7e]{16,255}$/.test(key)) return key;
  throw new Refused('invalid', 'The Idempotency-Key is not valid.', [
    { pointer: '/header/Idempotency-Key', code: 'invalid', detail: 'Use 16 to 255 visible characters, best a UUID.' },
  ]);
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** JSON with sorted names: the same content gives the same text. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

const sealKey = (key: string, caller: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, caller, 'quaywatch request key', 32));

function seal(text: string, key: string, caller: string): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealKey(key, caller), iv);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

function unseal(bytes: Buffer, key: string, caller: string): string {
  const opened = createDecipheriv('aes-256-gcm', sealKey(key, caller), bytes.subarray(0, 12));
  opened.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([opened.update(bytes.subarray(28)), opened.final()]).toString('utf8');
}
