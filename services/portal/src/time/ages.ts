/** How old something is, in the largest unit that says enough; `clock` = a day or more, show the time itself. */
export type Age = { readonly unit: 'now' | 's' | 'min' | 'h'; readonly n: number } | { readonly unit: 'clock' };

/** The age of `at` (ms UTC) seen from `now`; times up to 5 s in the future count as now (clocks differ). */
export function ageOf(at: number, now: number): Age {
  const s = Math.max(0, Math.floor((now - at) / 1000));
  if (s < 2) return { unit: 'now', n: 0 };
  if (s < 60) return { unit: 's', n: s };
  if (s < 3600) return { unit: 'min', n: Math.floor(s / 60) };
  if (s < 86_400) return { unit: 'h', n: Math.floor(s / 3600) };
  return { unit: 'clock' };
}

/** Fresh up to twice its usual interval, stale up to ten times, then we don't know the value any more. */
export type Freshness = 'fresh' | 'stale' | 'none';

/** Freshness of a value that usually comes every `interval` ms; a value that never came is `none`. */
export function freshnessOf(at: number | null, now: number, interval: number): Freshness {
  if (at === null) return 'none';
  const age = now - at;
  return age <= 2 * interval ? 'fresh' : age <= 10 * interval ? 'stale' : 'none';
}
