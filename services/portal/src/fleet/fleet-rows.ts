import type { Level, Spreader } from '../api/queries';
import { levelRank, shownCondition } from '../parts/condition';

/** What the person asked to see. */
export interface FleetFilter {
  readonly find?: string | undefined;
  readonly condition?: Level | undefined;
  readonly terminal?: string | undefined;
}

/** Columns one can sort by. */
export const sortColumns = ['number', 'condition', 'terminal', 'crane', 'health', 'finding', 'risk', 'lifts', 'seen'] as const;

/** A column one can sort by. */
export type SortColumn = (typeof sortColumns)[number];

const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** Rows that fit the filter; every word of `find` must be somewhere in number, crane, terminal, model or finding. */
export function filterFleet(rows: readonly Spreader[], filter: FleetFilter, now: number): Spreader[] {
  const words = plain(filter.find ?? '').split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (filter.terminal !== undefined && row.terminal.id !== filter.terminal) return false;
    if (filter.condition !== undefined && shownCondition(row, now) !== filter.condition) return false;
    if (words.length === 0) return true;
    const text = plain(
      [row.number, row.crane?.number, row.terminal.name, row.model, row.top_finding?.title].filter(Boolean).join('\n'),
    );
    return words.every((word) => text.includes(word));
  });
}

/** What a row is sorted by in a column; undefined goes last, whichever the direction. */
export function sortValue(row: Spreader, column: SortColumn, now: number): string | number | undefined {
  switch (column) {
    case 'number':
      return row.number;
    case 'condition':
      return levelRank[shownCondition(row, now)];
    case 'terminal':
      return row.terminal.name;
    case 'crane':
      return row.crane?.number;
    case 'health':
      return row.health.score ?? undefined;
    case 'finding':
      return row.top_finding?.title;
    case 'risk':
      return row.top_finding?.risk_hours;
    case 'lifts':
      return row.lifts_24h;
    case 'seen':
      return row.last_seen_at === null ? undefined : Date.parse(row.last_seen_at);
  }
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Compares two sort values, ascending; texts by their numbers (`STS-9` before `STS-18`). */
export const compareValues = (a: string | number | undefined, b: string | number | undefined): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));

/** Changes only when the order of the list can change by what matters (who is there, condition, finding), not by each event. */
export function orderSignature(rows: readonly Spreader[], now: number): string {
  let text = '';
  for (const row of rows) text += `${row.id} ${shownCondition(row, now)} ${row.top_finding?.id ?? ''} ${row.crane?.id ?? ''};`;
  return text;
}
