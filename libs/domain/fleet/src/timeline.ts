import type { Instant } from '@quaywatch/kernel';

/** From `from` on the thing is at `place` (null = at none). Entries are kept in the order in which they were recorded. */
export interface Placement {
  readonly place: string | null;
  readonly from: Instant;
}

/** Where a thing is at `at`: the entry with the latest `from` that has begun wins; of equal ones the one recorded last. */
export function placeAt(history: readonly Placement[], at: Instant): string | null {
  let best: Placement | undefined;
  for (const entry of history) {
    if (entry.from <= at && (best === undefined || entry.from >= best.from)) best = entry;
  }
  return best?.place ?? null;
}

/** The first time after `at` at which the thing's place is said anew; Infinity when it never is. */
export const nextChange = (history: readonly Placement[], at: Instant): Instant =>
  history.reduce((next, { from }) => (from > at && from < next ? from : next), Infinity);

/** A thing that can take the place of another, with its recorded history. */
export interface Placed {
  readonly thing: string;
  readonly history: readonly Placement[];
}

/** One entry to record in the history of one thing. */
export interface Move extends Placement {
  readonly thing: string;
}

/**
 * What to record so that `thing` is at `place` from `from` on and no place ever holds two things: whoever is there at
 * that time leaves, and `thing` leaves when the next one was already recorded to come. Nothing when it is there already.
 * `others` are all things that were ever recorded at the place.
 */
export function moveTo(subject: Placed, place: string | null, from: Instant, others: readonly Placed[]): Move[] {
  const { thing, history } = subject;
  const until = nextChange(history, from);
  const moves: Move[] = [];
  if (placeAt(history, from) !== place || !history.some((entry) => entry.from <= from))
    moves.push({ thing, place, from });
  if (place === null) return moves;
  let occupiedFrom = Infinity;
  for (const other of others) {
    if (other.thing === thing) continue;
    if (placeAt(other.history, from) === place) moves.push({ thing: other.thing, place: null, from });
    for (const entry of other.history) {
      if (entry.from > from && entry.from < occupiedFrom && placeAt(other.history, entry.from) === place)
        occupiedFrom = entry.from;
    }
  }
  if (occupiedFrom < until) moves.push({ thing, place: null, from: occupiedFrom });
  return moves;
}
