import type { Instant } from '@quaywatch/kernel';

/** A move as far as it is compared. */
export interface TimedMove {
  readonly id: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
}

/** A move as a device counted it. */
export interface CountedMove extends TimedMove {
  /** Its running number on the device; null = it has none. */
  readonly total: number | null;
}

/** What two counts of the same moves have in common. */
export interface MoveComparison {
  readonly matched: number;
  readonly onlyPlatform: readonly string[];
  readonly onlyDevice: readonly string[];
  /** Moves that the device counted and never told, by its running numbers; null when it has none. */
  readonly untold: number | null;
  /** How often its counter began again (a controller was replaced). */
  readonly restarts: number;
}

/**
 * Compares moves made out of signals with those that the device counted itself. Two are one when they share more than
 * half of the shorter one; each is matched once at most, with the other that it shares most with. Both in order of
 * their ends; O(n).
 */
export function compareMoves(platform: readonly TimedMove[], device: readonly CountedMove[]): MoveComparison {
  const free = new Set(device.map(({ id }) => id));
  const onlyPlatform: string[] = [];
  let from = 0;
  for (const move of platform) {
    while (from < device.length && (device[from] as CountedMove).endedAt <= move.startedAt) from++;
    let best: { readonly id: string; readonly shared: number } | undefined;
    for (let i = from; i < device.length; i++) {
      const other = device[i] as CountedMove;
      if (other.startedAt >= move.endedAt && other.endedAt > move.endedAt) break;
      const shared = Math.min(move.endedAt, other.endedAt) - Math.max(move.startedAt, other.startedAt);
      const shorter = Math.min(move.endedAt - move.startedAt, other.endedAt - other.startedAt);
      if (free.has(other.id) && shared * 2 > shorter && shared > (best?.shared ?? 0)) best = { id: other.id, shared };
    }
    if (best) free.delete(best.id);
    else onlyPlatform.push(move.id);
  }
  return {
    matched: platform.length - onlyPlatform.length,
    onlyPlatform,
    onlyDevice: [...free],
    ...gapsOf(device),
  };
}

function gapsOf(device: readonly CountedMove[]): Pick<MoveComparison, 'untold' | 'restarts'> {
  let untold: number | null = null;
  let restarts = 0;
  let before: number | undefined;
  for (const { total } of device) {
    if (total === null) continue;
    untold ??= 0;
    // A number that is not above the one before is a new counter's: what it counted before is not known here.
    if (before !== undefined && total > before) untold += total - before - 1;
    else if (before !== undefined) restarts++;
    before = total;
  }
  return { untold, restarts };
}
