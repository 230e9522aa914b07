import type { Level, Spreader } from '../api/queries';

/** Worst first: act now, plan, watch, no data, OK. "No data" stands above OK: what we don't know may be bad. */
export const levelRank: Readonly<Record<Level, number>> = { act_now: 0, plan: 1, watch: 2, no_data: 3, ok: 4 };

/** Levels, worst first. */
export const levelsWorstFirst = ['act_now', 'plan', 'watch', 'no_data', 'ok'] as const satisfies readonly Level[];

/** An idle unit sends once a minute; ten times that without a word and we don't know the condition. */
export const silentAfter = 10 * 60_000;

/**
 * The condition to show. Findings stand until they are closed, but "OK" needs somebody who says so: a spreader that
 * never sent anything, or was silent for ten minutes, is "no data" whatever was computed before.
 */
export function shownCondition(
  spreader: Pick<Spreader, 'condition' | 'last_seen_at' | 'connection'>,
  now: number,
): Level {
  if (spreader.condition !== 'ok') return spreader.condition;
  const { last_seen_at: seen, connection } = spreader;
  return connection === 'never' || seen === null || now - Date.parse(seen) > silentAfter ? 'no_data' : 'ok';
}

/**
 * Time up to which the condition is known, ms, of a spreader that does send but whose data are old still: its unit
 * sends what it stored. Null for any other spreader.
 */
export function caughtUpTo(
  { condition, health, last_seen_at: seen }: Pick<Spreader, 'condition' | 'health' | 'last_seen_at'>,
  now: number,
): number | null {
  if (condition !== 'no_data' || health.computed_at === null || seen === null) return null;
  return now - Date.parse(seen) > silentAfter ? null : Date.parse(health.computed_at);
}
