import { days, hours, minutes, seconds, type Duration, type Instant } from '@quaywatch/kernel';

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

/** An account at one address, or a second factor: 4 mistakes are free, then 2 s, 4 s … up to 5 min. */
export const pairStrictness: Strictness = { free: 4, first: seconds(2), longest: minutes(5) };

/**
 * An account at all addresses from which its person has not signed in: guesses from many addresses are slowed down to
 * one a minute. Where the person has signed in before this brake does not hold: nobody can keep them out there.
 */
export const accountStrictness: Strictness = { free: 100, first: seconds(1), longest: minutes(1) };

/** An address may be shared by a whole terminal: 20 mistakes are free, then up to 15 min. */
export const addressStrictness: Strictness = { free: 20, first: seconds(2), longest: minutes(15) };

/** Failures are forgotten after this long without one. */
export const forgetAfter: Duration = hours(1);

/** An address from which somebody signed in is known as theirs for so long. */
export const knownFor: Duration = days(90);

/** The attempts after one more failure at `now`. */
export function fail(before: Attempts | undefined, strictness: Strictness, now: Instant): Attempts {
  const failures = before && now - before.lastAt < forgetAfter ? before.failures + 1 : 1;
  const over = failures - strictness.free;
  const delay = over <= 0 ? 0 : Math.min(strictness.longest, strictness.first * 2 ** Math.min(over - 1, 30));
  return { failures, lastAt: now, blockedUntil: now + delay };
}
