import type { Response } from 'express';
import { sendProblem } from './problem';
import { quotaWindow, type Quotas } from './quotas';

/** Requests a minute. */
export interface Limits {
  /** Of one network address. */
  readonly address: number;
  /** Of one person, or of a program for itself. */
  readonly caller: number;
  /** Of one program, for whomever it acts. */
  readonly client: number;
  readonly organisation: number;
}

/** What a request without a good session or token costs: guessing runs dry sixty times faster than working. */
export const guessCost = 60;

/**
 * Limits requests by address, by person, by program and by organisation, and says so in `RateLimit` fields
 * (draft-ietf-httpapi-ratelimit-headers).
 */
export class Throttle {
  private readonly policies: Readonly<Record<keyof Limits, string>>;

  constructor(
    private readonly limits: Limits,
    private readonly quotas: Quotas,
  ) {
    const policy = (kind: keyof Limits): string => `"${kind}";q=${limits[kind]};w=${quotaWindow / 1000}`;
    this.policies = {
      address: policy('address'),
      caller: policy('caller'),
      client: policy('client'),
      organisation: policy('organisation'),
    };
  }

  /** Counts a request; answers 429 and says false when it is one too many. The tightest quota so far is in the headers. */
  admit(res: Response, kind: keyof Limits, key: string, cost = 1): boolean {
    const { allowed, left, reset } = this.quotas.take(kind, key, this.limits[kind], cost);
    const told = res.locals['rateLeft'] as number | undefined;
    const after = Math.max(1, Math.ceil(reset / 1000));
    if (!allowed || told === undefined || left < told) {
      res.locals['rateLeft'] = left;
      res.setHeader('RateLimit-Policy', this.policies[kind]);
      res.setHeader('RateLimit', `"${kind}";r=${left};t=${after}`);
    }
    if (allowed) return true;
    sendProblem(res.set('Retry-After', String(after)), 429, `More than ${this.limits[kind]} requests a minute.`);
    return false;
  }
}
