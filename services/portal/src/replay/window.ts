const minute = 60_000;

/** Lengths of the window, minutes. */
export const lengths = [5, 15, 30, 60, 180, 720, 1440] as const;

/** A window of time, ms UTC. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Shortest and longest window that can be shown. */
const shortest = minute;
const longest = 24 * 60 * minute;

const bounded = (from: number, length: number): Window => {
  const size = Math.min(longest, Math.max(shortest, Math.round(length)));
  return { from: Math.round(from), to: Math.round(from) + size };
};

/** The window that an address names; around `around` (or the last half hour before `now`) when it names none. */
export function windowOf(
  search: { readonly from?: string | undefined; readonly to?: string | undefined },
  around: number | undefined,
  now: number,
): Window {
  const from = Date.parse(search.from ?? '');
  const to = Date.parse(search.to ?? '');
  if (to > from) return bounded(from, to - from);
  if (!Number.isNaN(from)) return bounded(from, 30 * minute);
  const end = around === undefined ? now : Math.min(now, around + 15 * minute);
  return bounded(end - 30 * minute, 30 * minute);
}

/** The window `share` of its length later (negative: earlier). */
export const moved = ({ from, to }: Window, share: number): Window => bounded(from + share * (to - from), to - from);

/** The window with `factor` times its length; `at` stays where it is on the screen. */
export function zoomed({ from, to }: Window, factor: number, at: number): Window {
  const length = Math.min(longest, Math.max(shortest, factor * (to - from)));
  return bounded(at - ((at - from) / (to - from)) * length, length);
}
