import type { Frame } from '../assess';
import type { ConditionSettings } from '../settings';
import type { SpreaderState } from '../state';
import { observeFeature } from '../tracks/track-book';

/** When sampled signals arrived. JSON-serialisable, bounded. */
export interface ArrivalBook {
  /** By signal: time of its newest sample, longest time between two of its frames (ms), frames counted up to `known`. */
  signals: Record<string, [last: number, longest: number, n: number]>;
  /** Time of the newest sample of any, when it was looked over last, and how many were missing then. */
  at: number;
  lookedAt: number;
  missing: number;
}

/** Frames that show how often a signal comes. */
const known = 10;
/** Most signals watched. */
const most = 64;
/** Time between two looks, ms of data time. */
const every = 60_000;

/**
 * Watches for sampled signals that do not arrive any more while others of the spreader do. Whenever their number changes,
 * the feature `btu.missing` gets it. O(signals) for a frame. Changes `state`; true when the number changed.
 */
export function noteArrivals(settings: ConditionSettings, state: SpreaderState, { samples }: Frame): boolean {
  const book = (state.arrivals ??= { signals: {}, at: 0, lookedAt: 0, missing: 0 });
  // Nothing arrived at all for a while: that is silence of the device, and no signal's gap.
  const silent = newestOf(samples) - book.at > settings.quality.missingFor / 3;
  if (silent) for (const seen of Object.values(book.signals)) seen[0] += newestOf(samples) - book.at;
  for (const { signal, at } of samples) {
    const newest = at.at(-1);
    if (newest === undefined) continue;
    const seen = book.signals[signal];
    if (seen) {
      if (newest <= seen[0]) continue;
      // What was missing and is back was no usual gap.
      if (seen[2] < known || !isMissing(settings, seen, newest)) seen[1] = Math.max(seen[1], newest - seen[0]);
      seen[0] = newest;
      seen[2] = Math.min(known, seen[2] + 1);
    } else if (Object.keys(book.signals).length < most) book.signals[signal] = [newest, 0, 1];
    book.at = Math.max(book.at, newest);
  }
  if (book.at - book.lookedAt < every) return false;
  book.lookedAt = book.at;
  const missing = Object.values(book.signals).filter((seen) => isMissing(settings, seen, book.at)).length;
  if (missing === book.missing) return false;
  book.missing = missing;
  return observeFeature(settings, state, 'btu.missing', book.at, missing, true);
}

/** A device announced what it sends: what it does not send any more is not missing. Changes `state`. */
export function forgetArrivals({ arrivals }: SpreaderState, announced: readonly string[]): void {
  if (!arrivals || announced.length === 0) return;
  const sent = new Set(announced);
  for (const signal of Object.keys(arrivals.signals)) if (!sent.has(signal)) delete arrivals.signals[signal];
}

const isMissing = (
  { quality }: ConditionSettings,
  [last, longest, n]: readonly [number, number, number],
  now: number,
): boolean => n >= known && now - last > Math.max(quality.missingFor, quality.missingTimes * longest);

function newestOf(samples: Frame['samples']): number {
  let newest = 0;
  for (const { at } of samples) newest = Math.max(newest, at.at(-1) ?? 0);
  return newest;
}
