import { createHash } from 'node:crypto';
import type { Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { sendProblem } from './problem';

/** Requests a minute. */
export interface Limits {
  readonly address: number;
  readonly caller: number;
  readonly organisation: number;
}

/** What a request without a good session or token costs: guessing runs dry sixty times faster than working. */
export const guessCost = 60;

const window = 60;

/**
 * Limits requests by address, by person or program, and by organisation, and says so in `RateLimit` fields
 * (draft-ietf-httpapi-ratelimit-headers). Counted in this process: with several gateways each gives the whole quota.
 */
export class Throttle {
  private readonly limiters: Readonly<Record<keyof Limits, RateLimiterMemory>>;

  constructor(private readonly limits: Limits) {
    const limiter = (points: number): RateLimiterMemory => new RateLimiterMemory({ points, duration: window });
    this.limiters = {
      address: limiter(limits.address),
      caller: limiter(limits.caller),
      organisation: limiter(limits.organisation),
    };
  }

  /** Counts a request; answers 429 and says false when it is one too many. The tightest quota so far is in the headers. */
  async admit(res: Response, kind: keyof Limits, key: string, cost = 1): Promise<boolean> {
    // Keys are hashed: no address or id stays in memory as text.
    const hashed = createHash('sha256').update(key).digest('base64url');
    let state: RateLimiterRes;
    let allowed = true;
    try {
      state = await this.limiters[kind].consume(hashed, cost);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      [state, allowed] = [error, false];
    }
    const left = Math.max(0, state.remainingPoints);
    const reset = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
    const told = res.locals['rateLeft'] as number | undefined;
    if (!allowed || told === undefined || left < told) {
      res.locals['rateLeft'] = left;
      res.set('RateLimit-Policy', `"${kind}";q=${this.limits[kind]};w=${window}`);
      res.set('RateLimit', `"${kind}";r=${left};t=${reset}`);
    }
    if (allowed) return true;
    sendProblem(res.set('Retry-After', String(reset)), 429, `More than ${this.limits[kind]} requests a minute.`);
    return false;
  }
}
