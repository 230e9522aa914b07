/** A point in time: milliseconds since 1970-01-01T00:00:00Z, UTC. */
export type Instant = number;

/** A length of time in milliseconds. */
export type Duration = number;

/** `n` seconds as a Duration (ms). */
export const seconds = (n: number): Duration => n * 1000;

/** `n` minutes as a Duration (ms). */
export const minutes = (n: number): Duration => n * 60_000;

/** `n` hours as a Duration (ms). */
export const hours = (n: number): Duration => n * 3_600_000;

/** `n` days of 24 h as a Duration (ms). */
export const days = (n: number): Duration => n * 86_400_000;

/** RFC 3339 UTC text with milliseconds of `at`; throws RangeError when `at` is not a valid date. */
export const toIso = (at: Instant): string => new Date(at).toISOString();

/** The Instant named by an RFC 3339 text, or undefined when it names none. */
export function fromIso(text: string): Instant | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
