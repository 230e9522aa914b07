import { createHmac, timingSafeEqual } from 'node:crypto';
import { Fault } from '@quaywatch/kernel';

/**
 * The `webhook-signature` of Standard Webhooks 1.0: for each secret `v1,` and base64 of HMAC-SHA-256 over
 * `id.timestamp.body`. `secrets` are `whsec_…` (base64 of 24–64 bytes), several while one is being rotated, parted by
 * spaces. Throws Fault `WEBHOOK_SECRET`, which does not hold the secret.
 */
export function signWebhook(secrets: string, id: string, timestamp: number, body: string): string {
  return secrets
    .trim()
    .split(/\s+/)
    .map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`)
    .join(' ');
}

/** What a receiver checks. */
export interface ReceivedWebhook {
  readonly secret: string;
  /** Header values by name in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body exactly as it came. */
  readonly body: string;
  /** Unix seconds. */
  readonly now: number;
  /** How far `webhook-timestamp` may be from `now`, seconds; default 300. */
  readonly tolerance?: number;
}

/** True when one of the signatures is right and the time stamp is near; compares in constant time. */
export function verifyWebhook({ secret, headers, body, now, tolerance = 300 }: ReceivedWebhook): boolean {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') return false;
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(Number(timestamp) - now) > tolerance) return false;
  const expected = signWebhook(secret, id, Number(timestamp), body)
    .split(' ')
    .map((text) => Buffer.from(text));
  return signatures.split(' ').some((given) => {
    const bytes = Buffer.from(given);
    return expected.some((right) => right.length === bytes.length && timingSafeEqual(right, bytes));
  });
}

function keyOf(secret: string): Buffer {
  const match = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret);
  const key = Buffer.from(match?.[1] ?? '', 'base64');
  if (key.length < 24 || key.length > 64) {
    throw new Fault('WEBHOOK_SECRET', 'the signing secret is not whsec_ and the base64 of 24 to 64 bytes');
  }
  return key;
}
