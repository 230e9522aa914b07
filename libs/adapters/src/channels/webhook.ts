import { lookup as systemLookup } from 'node:dns/promises';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { describeError, Fault } from '@quaywatch/kernel';
import type { DeliveryResult, Notification, NotificationChannel, NotificationTarget } from '@quaywatch/ports';
import { isPublicAddress } from './public-address';
import { signWebhook } from './webhook-signature';

/** An address as the resolver gives it. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Options of the webhook channel. */
export interface WebhookOptions {
  /** Lets it reach loopback and private addresses, and plain http; for trials on one machine only. */
  readonly allowPrivate?: boolean;
  /** Longest time for one attempt, ms; default 20 s. */
  readonly limit?: number;
  /** Instead of the system's resolver, for tests. */
  readonly resolve?: (host: string) => Promise<readonly ResolvedAddress[]>;
}

const largestBody = 20_000;

/**
 * Webhooks after Standard Webhooks 1.0: signed POST of JSON, one attempt, no redirects. Connects only to addresses that
 * were checked to be public, so that nobody can make the platform talk to its own network (SSRF). Final failures: a
 * refused address, 3xx, 4xx but for 408, 425 and 429 (410 = gone), a body of 20 kB or more; all others may be tried again.
 */
export function webhookChannel(options: WebhookOptions = {}): NotificationChannel {
  return {
    name: 'webhook',
    async deliver(target, notification): Promise<DeliveryResult> {
      try {
        return resultOf(await post(target, notification, options));
      } catch (error) {
        if (error instanceof Final) return { kind: 'failed', recoverable: false, reason: error.message };
        return { kind: 'failed', recoverable: true, reason: reasonOf(error) };
      }
    },
  };
}

/** A failure that no further attempt can mend. */
class Final extends Error {}

async function post(
  target: NotificationTarget,
  { id, timestamp, payload }: Notification,
  options: WebhookOptions,
): Promise<number> {
  const url = checkedUrl(target.address, options);
  const body = JSON.stringify(payload) as string | undefined;
  if (body === undefined) throw new Final('the notification has no body');
  const length = Buffer.byteLength(body);
  if (length >= largestBody) throw new Final(`the body has ${length} bytes; a webhook has less than ${largestBody}`);
  if (!/^[!-~]{1,200}$/.test(id)) throw new Final('the id cannot be sent in a header');
  const signature = signed(target.secret, id, timestamp, body);
  const limit = AbortSignal.timeout(options.limit ?? 20_000);
  const address = await withLimit(limit, checkedAddress(url, options));
  return send(url, address, body, limit, {
    'content-type': 'application/json',
    'content-length': length,
    'user-agent': 'Quaywatch-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signature,
  });
}

function checkedUrl(text: string, options: WebhookOptions): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['https:', 'http:'].includes(url.protocol)) throw new Final('the address is no http or https URL');
  if (url.protocol === 'http:' && !options.allowPrivate) throw new Final('the address must be https');
  if (url.username || url.password) throw new Final('the address must have no user name or password');
  return url;
}

function signed(secret: string, id: string, timestamp: number, body: string): string {
  try {
    return signWebhook(secret, id, timestamp, body);
  } catch (error) {
    throw error instanceof Fault ? new Final(error.message) : error;
  }
}

async function checkedAddress(url: URL, options: WebhookOptions): Promise<ResolvedAddress> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const version = isIP(host);
  const resolve = options.resolve ?? ((name: string) => systemLookup(name, { all: true }));
  const all = version ? [{ address: host, family: version }] : await resolve(host);
  const usable = options.allowPrivate ? all[0] : all.find(({ address }) => isPublicAddress(address));
  if (usable) return usable;
  if (all.length === 0) throw new Error(`${host} has no address`);
  throw new Final('the address leads to a loopback, private or reserved network');
}

function send(
  url: URL,
  { address, family }: ResolvedAddress,
  body: string,
  signal: AbortSignal,
  headers: RequestOptions['headers'],
): Promise<number> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const call = request(url, {
      method: 'POST',
      headers,
      signal,
      agent: false,
      // Connects to the address that was checked; asking the resolver again could give another.
      lookup: (_host, { all }, done) => (all ? done(null, [{ address, family }]) : done(null, address, family)),
    });
    call.once('response', (response) => {
      // The status says all; what else they send is not worth waiting for.
      resolve(response.statusCode ?? 0);
      response.on('error', () => {});
      response.destroy();
    });
    call.once('error', reject);
    call.end(body);
  });
}

function withLimit<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
  return Promise.race([work, late]);
}

function resultOf(status: number): DeliveryResult {
  if (status >= 200 && status < 300) return { kind: 'accepted', status };
  const passing = status >= 500 || [408, 425, 429].includes(status);
  const redirect = status >= 300 && status < 400;
  const reason =
    status === 410
      ? 'the receiver says it is gone (410)'
      : redirect
        ? `answered ${status}; redirects are not followed`
        : `answered ${status}`;
  return { kind: 'failed', recoverable: passing, reason, status };
}

function reasonOf(error: unknown): string {
  const { name, code } = error as { name?: string; code?: string };
  if (name === 'AbortError' || name === 'TimeoutError') return 'no answer within the time limit';
  return code ?? describeError(error);
}
