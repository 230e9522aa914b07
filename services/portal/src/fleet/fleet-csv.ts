import type { Spreader } from '../api/queries';
import { shownCondition } from '../parts/condition';
import { timeWords } from '../time/format-time';
import { toCsv } from './csv';

/** Header of the fleet file; units stand in it. */
export const fleetHeader = [
  'spreader',
  'condition',
  'terminal',
  'crane',
  'health_0_100',
  'finding',
  'at_risk_h',
  'lifts_24h',
  'last_seen_time_utc',
  'last_seen_time_local',
  'tz',
] as const;

/** The rows as a CSV file, in the order given, with the words of the screen for the conditions. */
export const fleetCsv = (
  rows: readonly Spreader[],
  now: number,
  conditionWord: (level: Spreader['condition']) => string,
): string =>
  toCsv(
    fleetHeader,
    rows.map((row) => {
      const seen = row.last_seen_at === null ? null : Date.parse(row.last_seen_at);
      return [
        row.number,
        conditionWord(shownCondition(row, now)),
        row.terminal.name,
        row.crane?.number ?? null,
        row.health.score === null ? null : Math.round(row.health.score),
        row.top_finding?.title ?? null,
        row.top_finding?.risk_hours ?? null,
        row.lifts_24h,
        seen === null ? null : new Date(seen).toISOString(),
        seen === null ? null : timeWords(row.terminal.time_zone).plain(seen),
        row.terminal.time_zone,
      ];
    }),
  );
