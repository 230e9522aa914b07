import { median } from '../robust/median';

/** Why a spreader stood still. Only `equipment` is the spreader's own fault. */
export type StopCause = 'equipment' | 'operator' | 'container' | 'crane' | 'power' | 'planned';

/** How a stop ended. */
export type StopEnding = 'repair' | 'reset' | 'spreader_change' | 'none';

/** Parts of the time a repair takes, min. */
export interface RepairTimes {
  readonly response: number;
  readonly diagnosis: number;
  readonly parts: number;
  readonly repair: number;
  readonly test: number;
}

/** A stop of a spreader, recorded by a technician or suspected from the data. */
export interface Stop {
  readonly stop: string;
  readonly spreader: string;
  /** ms; `to` null while it lasts. */
  readonly from: number;
  readonly to: number | null;
  readonly cause: StopCause;
  readonly ending: StopEnding;
  /** True when a technician recorded it; false when only the data suggest it. */
  readonly confirmed: boolean;
  /** What a repetition has in common with the stop before: the component and failure mode. */
  readonly rootCause: string;
  readonly times: RepairTimes | null;
}

/** Counting rules shown side by side (tenders differ): every stop, stops longer than X min, and those a technician confirmed. */
export type CountingRule = 'all' | 'longer' | 'confirmed';

const repeatWithin = 60 * 60_000;

/**
 * Stops that count as failures: caused by the spreader, ended by repair, reset or change of spreader (a suspected one has
 * no ending on record), not a repetition of the same cause within 60 min. Stops and their repetitions are one failure,
 * told by its first stop; `longer` and `confirmed` count it when one of its stops lasted more than `minutes` or was
 * recorded, told by the first that did. So neither ever counts more than `all`.
 */
export function failuresOf(stops: readonly Stop[], rule: CountingRule, minutes: number, now: number): Stop[] {
  const counts = (stop: Stop): boolean =>
    rule === 'confirmed' ? stop.confirmed : rule === 'longer' ? (stop.to ?? now) - stop.from > minutes * 60_000 : true;
  const counted: Stop[] = [];
  const lastOf = new Map<string, { end: number; counted: boolean }>();
  for (const stop of [...stops].sort((a, b) => a.from - b.from || (a.stop < b.stop ? -1 : 1))) {
    if (stop.cause !== 'equipment') continue;
    if (stop.confirmed && stop.ending === 'none') continue;
    const end = stop.to ?? now;
    const key = `${stop.spreader} ${stop.rootCause}`;
    const before = lastOf.get(key);
    const failure = before && stop.from - before.end <= repeatWithin ? before : { end, counted: false };
    failure.end = Math.max(failure.end, end);
    lastOf.set(key, failure);
    if (failure.counted || !counts(stop)) continue;
    failure.counted = true;
    counted.push(stop);
  }
  return counted;
}

/** A time during which a finding of a spreader was at "act now". */
export interface ActNowPeriod {
  readonly spreader: string;
  readonly rootCause: string;
  readonly from: number;
  readonly to: number | null;
}

/** Begin (lock or start) and end of a move, ms. */
export interface MoveTime {
  readonly begin: number;
  readonly end: number;
}

/** When a pause between two moves is suspected to be a stop. */
export interface Suspicion {
  /** Never a pause shorter than this, ms. */
  readonly least: number;
  /** So many times its usual pause: waiting for the next box is no stop. */
  readonly times: number;
  /** Pauses that must be known before one is called usual. */
  readonly known: number;
  /** The usual pause is told by the time at "act now" and this long before it, ms. */
  readonly before: number;
}

/**
 * The pause beyond which this spreader is suspected to stand still, ms: from the median of the pauses between `moves`
 * (in order of time). Infinity while too few are known to tell waiting from standing still.
 */
export function suspiciousPause({ least, times, known }: Suspicion, moves: readonly MoveTime[]): number {
  const pauses = moves.slice(1).map(({ begin }, i) => begin - (moves[i]?.end ?? begin));
  return pauses.length < Math.max(1, known) ? Infinity : Math.max(least, times * median(pauses));
}

/**
 * Suspected stops of one spreader: times without a move, longer than `pause` ms, while a finding was at "act now".
 * A proxy until a technician says more; `moves` are in order of time, one may have gone on at the begin of a period.
 */
export function suspectedStops(
  periods: readonly ActNowPeriod[],
  moves: readonly MoveTime[],
  pause: number,
  now: number,
): Stop[] {
  const stops: Stop[] = [];
  for (const period of periods) {
    const until = period.to ?? now;
    let free = period.from;
    const gap = (to: number, open: boolean): void => {
      if (to - free <= pause) return;
      stops.push({
        stop: `${period.spreader}.${free}`,
        spreader: period.spreader,
        from: free,
        to: open ? null : to,
        cause: 'equipment',
        ending: 'none',
        confirmed: false,
        rootCause: period.rootCause,
        times: null,
      });
    };
    for (const { begin, end } of moves) {
      if (end <= period.from || begin >= until) continue;
      gap(Math.min(begin, until), false);
      free = Math.max(free, end);
    }
    gap(until, period.to === null);
  }
  return stops;
}

/** Suspected stops without those a recorded one tells better: a recorded stop of the spreader at the same time. */
export const withoutRecorded = (suspected: readonly Stop[], recorded: readonly Stop[]): Stop[] =>
  suspected.filter(
    (one) =>
      !recorded.some(
        (other) =>
          other.spreader === one.spreader && other.from < (one.to ?? Infinity) && (other.to ?? Infinity) > one.from,
      ),
  );
