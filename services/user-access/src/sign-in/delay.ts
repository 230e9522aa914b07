import { hours, minutes, seconds, type Duration, type Instant } from '@quaywatch/kernel';

/** Failed sign-ins of one account or one address. */
export interface Attempts {
  readonly failures: number;
  readonly lastAt: Instant;
  readonly blockedUntil: Instant;
}

/** How strict: failures that cost nothing, the first delay (doubling from there), and the longest one. */
export interface Strictness {
  readonly free: number;
  readonly first: Duration;
  readonly longest: Duration;
}

/** An account: 4 mistakes are free, then 2 s, 4 s … up to 5 min, so that nobody can lock a person out for long. */
export const accountStrictness: Strictness = { free: 4, first: seconds(2), longest: minutes(5) };

/** An address may be shared by a whole terminal: 20 mistakes are free, then up to 15 min. */
export const addressStrictness: Strictness = { free: 20, first: seconds(2), longest: minutes(15) };

/** Failures are forgotten after this long without one. */
export const forgetAfter: Duration = hours(1);

/** The attempts after one more failure at `now`. */
export function fail(before: Attempts | undefined, strictness: Strictness, now: Instant): Attempts {
  const failures = before && now - before.lastAt < forgetAfter ? before.failures + 1 : 1;
  const over = failures - strictness.free;
  const delay = over <= 0 ? 0 : Math.min(strictness.longest, strictness.first * 2 ** Math.min(over - 1, 30));
  return { failures, lastAt: now, blockedUntil: now + delay };
}
