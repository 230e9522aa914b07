/** An alarm: what it is of (spreader, component, failure mode), when it came and went (null = still there), ms. */
export interface AlarmSpan {
  readonly source: string;
  readonly from: number;
  readonly to: number | null;
}

/** How much the alarms of a period ask of people (ISA-18.2, IEC 62682; EEMUA 191). */
export interface AlarmRates {
  readonly count: number;
  /** Alarms a day; null for an empty period. */
  readonly perDay: number | null;
  /** Most alarms in ten minutes of the clock, and share of such periods with more than ten (a flood), %. */
  readonly peak: number;
  readonly floodShare: number | null;
  /** Sources that raised three or more alarms within a minute. */
  readonly chattering: number;
  /** Alarms that lasted longer than a day at the end of the period. */
  readonly stale: number;
  /** Share of the ten sources with the most alarms, %; null without alarms. */
  readonly topTen: number | null;
}

const minute = 60_000;
const day = 86_400_000;

/** Alarm rates of the alarms that came from `from` (in) to `to` (out), ms. */
export function alarmRates(alarms: readonly AlarmSpan[], from: number, to: number): AlarmRates {
  const own = alarms.filter((alarm) => alarm.from >= from && alarm.from < to).sort((a, b) => a.from - b.from);
  const periods = new Map<number, number>();
  const sources = new Map<string, number[]>();
  for (const { source, from: at } of own) {
    const period = Math.floor(at / (10 * minute));
    periods.set(period, (periods.get(period) ?? 0) + 1);
    sources.set(source, [...(sources.get(source) ?? []), at]);
  }
  const counts = [...periods.values()];
  const all = Math.ceil((to - from) / (10 * minute));
  const bySource = [...sources.values()].map((times) => times.length).sort((a, b) => b - a);
  const top = bySource.slice(0, 10).reduce((sum, n) => sum + n, 0);
  return {
    count: own.length,
    perDay: to > from ? (own.length * day) / (to - from) : null,
    peak: Math.max(0, ...counts),
    floodShare: all > 0 ? (100 * counts.filter((n) => n > 10).length) / all : null,
    chattering: [...sources.values()].filter((times) =>
      times.some((at, i) => i >= 2 && at - (times[i - 2] as number) <= minute),
    ).length,
    stale: own.filter((alarm) => (alarm.to === null || alarm.to > to) && to - alarm.from > day).length,
    topTen: own.length > 0 ? (100 * top) / own.length : null,
  };
}
