import type { ConditionSettings } from '../settings';
import type { SpreaderState } from '../state';
import { observeFeature } from '../tracks/track-book';

/** How one sampled signal moves. JSON-serialisable. */
export interface FlatState {
  value: number;
  /** Since when (ms) and for how many samples it has this value. */
  since: number;
  n: number;
  /** Changes of value seen, at most `lively`. */
  changes: number;
  /** Longest time at one value before, ms. */
  longest: number;
  flat: boolean;
}

/** Changes of value that show that a signal moves at all. */
const lively = 30;
/** A run this many times as long as any before is not usual. */
const unusual = 5;
/** Most signals watched. */
const most = 64;

/**
 * Watches for sensors that stand still while the spreader works: a sampled signal that used to move and shows one value
 * for far longer than ever before. Whenever one stops or moves again, the feature `btu.flat` gets the number of those
 * that stand still. O(1). Changes `state`.
 */
export function noteFlat(
  settings: ConditionSettings,
  state: SpreaderState,
  signal: string,
  at: number,
  value: number,
): void {
  const book = (state.flat ??= {});
  const seen = book[signal];
  if (!seen) {
    if (Object.keys(book).length < most) book[signal] = { value, since: at, n: 1, changes: 0, longest: 0, flat: false };
    return;
  }
  const { flatFor, flatSamples } = settings.signs;
  const working = state.makesMoves && at - state.moves.at < flatFor / 3;
  const changed = value !== seen.value;
  if (changed || !working) {
    if (changed) seen.changes = Math.min(lively, seen.changes + 1);
    if (changed && !seen.flat) seen.longest = Math.max(seen.longest, at - seen.since);
    seen.value = value;
    seen.since = at;
    seen.n = 1;
  } else seen.n += 1;
  const flat =
    (seen.flat && !changed) ||
    (seen.changes >= lively && seen.n >= flatSamples && at - seen.since >= Math.max(flatFor, unusual * seen.longest));
  if (flat === seen.flat) return;
  seen.flat = flat;
  const standing = Object.values(book).filter((one) => one.flat).length;
  observeFeature(settings, state, 'btu.flat', at, standing, true);
}
