import type { Advice } from '@quaywatch/contracts';
import { toIso, type Instant } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';

/** A cell: times are texts, RFC 3339 in UTC. */
export type Cell = string | number | boolean | null;

/** A column of an export; `json` cells are JSON texts. */
export interface Column {
  readonly name: string;
  readonly type: 'text' | 'number' | 'whole' | 'time' | 'json';
}

/** What a job takes. */
export interface Selection {
  readonly from: Instant;
  readonly to: Instant;
  readonly spreader: string | null;
  readonly terminals: readonly string[] | null;
  readonly signals: readonly string[] | null;
}

/** Rows of one dataset in a fixed order, a page at a time. */
export interface Dataset {
  readonly columns: readonly Column[];
  /** The rows after `after` (the place of the last one), at most `limit`, and the place of the last. */
  page(
    q: Queryable,
    selection: Selection,
    after: readonly unknown[] | undefined,
    limit: number,
  ): Promise<{ rows: Cell[][]; last: readonly unknown[] }>;
}

const where: readonly Column[] = [
  { name: 'spreader_id', type: 'text' },
  { name: 'spreader_number', type: 'text' },
  { name: 'terminal_id', type: 'text' },
  { name: 'time_zone', type: 'text' },
];
const whereSql = 's.spreader, s.number, s.terminal, t.time_zone';
const joins = `join fleet_spreader s on s.spreader = x.spreader left join terminal t on t.terminal = s.terminal`;
const chosen = `($1::text is null or s.spreader = $1) and ($2::text[] is null or s.terminal = any($2))`;

type Place = {
  spreader: string;
  number: string;
  terminal: string;
  time_zone: string | null;
};
const placeOf = (row: Place): Cell[] => [row.spreader, row.number, row.terminal, row.time_zone ?? 'UTC'];

/** The clock on the wall at that time and place, without an offset: `2026-11-24 03:15:00.000`. */
export function localTime(at: Instant, zone: string): string {
  // No zone changes within a quarter of an hour, and formatting is slow.
  const quarter = Math.floor(at / 900_000) * 900_000;
  let known = quarters.get(zone);
  if (known?.quarter !== quarter) {
    const local = Date.parse(`${formatOf(zone).format(quarter).replace(' ', 'T')}Z`);
    quarters.set(zone, (known = { quarter, shift: local - quarter }));
  }
  return new Date(at + known.shift).toISOString().slice(0, -1).replace('T', ' ');
}

const quarters = new Map<string, { readonly quarter: Instant; readonly shift: number }>();
const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  let made: Intl.DateTimeFormat;
  try {
    made = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  } catch {
    // A zone that this machine does not know must not stop an export; the time in UTC is beside it.
    made = new Intl.DateTimeFormat('sv-SE', { timeZone: 'UTC', dateStyle: 'short', timeStyle: 'medium' });
  }
  formats.set(timeZone, made);
  return made;
}

/** A time in UTC and at the terminal. */
const times = (name: string): Column[] => [
  { name: `${name}_utc`, type: 'time' },
  { name: `${name}_local`, type: 'text' },
];
const timesOf = (at: number | null, zone: string | null): Cell[] =>
  at === null ? [null, null] : [toIso(Math.round(at)), localTime(Math.round(at), zone ?? 'UTC')];

const common = (selection: Selection): unknown[] => [
  selection.spreader,
  selection.terminals,
  selection.from,
  selection.to,
];

/** The datasets by name. */
export const datasets: Readonly<Record<string, Dataset>> = {
  moves: {
    columns: [
      { name: 'move_id', type: 'text' },
      ...where,
      ...times('started'),
      ...times('ended'),
      { name: 'class', type: 'text' },
      { name: 'result', type: 'text' },
      { name: 'boxes', type: 'whole' },
      { name: 'teu', type: 'number' },
      { name: 'load_t', type: 'number' },
      { name: 'features', type: 'json' },
    ],
    async page(q, selection, after, limit) {
      const found = await q.query<
        Place & {
          move: string;
          started_at: number;
          ended_at: number;
          class: string;
          result: string;
          boxes: number;
          teu: number;
          load: number | null;
          features: Record<string, number>;
        }
      >(
        `select x.move, ${whereSql}, x.started_at, x.ended_at, x.class, x.result, x.boxes, x.teu, x.load, x.features
         from move x ${joins}
         where ${chosen} and x.ended_at >= $3 and x.ended_at < $4
           and ($5::text is null or (x.spreader collate "C", x.ended_at, x.move collate "C") > ($5, $6::float8, $7))
         order by x.spreader collate "C", x.ended_at, x.move collate "C" limit $8`,
        [...common(selection), ...(after ?? [null, null, null]), limit],
      );
      const last = found.at(-1);
      return {
        rows: found.map((row) => [
          row.move,
          ...placeOf(row),
          ...timesOf(row.started_at, row.time_zone),
          ...timesOf(row.ended_at, row.time_zone),
          row.class,
          row.result,
          row.boxes,
          row.teu,
          row.load,
          JSON.stringify(row.features),
        ]),
        last: last ? [last.spreader, last.ended_at, last.move] : [],
      };
    },
  },
  findings: {
    columns: [
      { name: 'finding_id', type: 'text' },
      ...where,
      ...times('first_seen'),
      ...times('closed'),
      { name: 'status', type: 'text' },
      { name: 'level', type: 'text' },
      { name: 'component', type: 'text' },
      { name: 'failure_mode', type: 'text' },
      { name: 'title', type: 'text' },
      { name: 'risk_hours', type: 'number' },
      { name: 'evidence', type: 'json' },
    ],
    async page(q, selection, after, limit) {
      const found = await q.query<
        Place & { finding: string; status: string; level: string; closed_at: number | null; advice: Advice }
      >(
        `select x.finding, ${whereSql}, x.status, x.level, x.closed_at, x.advice from finding x ${joins}
         where ${chosen} and (x.advice->>'firstSeenAt')::float8 >= $3 and (x.advice->>'firstSeenAt')::float8 < $4
           and ($5::text is null or x.finding collate "C" > $5)
         order by x.finding collate "C" limit $6`,
        [...common(selection), ...(after ?? [null]), limit],
      );
      const last = found.at(-1);
      return {
        rows: found.map(({ advice, ...row }) => [
          row.finding,
          ...placeOf(row),
          ...timesOf(advice.firstSeenAt, row.time_zone),
          ...timesOf(row.closed_at, row.time_zone),
          row.status,
          row.level,
          advice.component,
          advice.failureMode,
          advice.title,
          advice.riskHours,
          JSON.stringify(advice.evidence),
        ]),
        last: last ? [last.finding] : [],
      };
    },
  },
  signal_minutes: {
    columns: [
      ...where,
      { name: 'signal', type: 'text' },
      ...times('minute'),
      { name: 'count', type: 'whole' },
      { name: 'min', type: 'number' },
      { name: 'max', type: 'number' },
      { name: 'mean', type: 'number' },
    ],
    async page(q, selection, after, limit) {
      const found = await q.query<
        Place & { signal: string; minute: string; count: number; min: number; max: number; sum: string }
      >(
        `select ${whereSql}, x.signal, x.minute, x.count, x.min, x.max, x.sum_micro as sum from signal_minute x ${joins}
         where ${chosen} and x.minute >= $3::float8 and x.minute < $4::float8 and ($5::text[] is null or x.signal = any($5))
           and ($6::text is null or (x.spreader, x.signal, x.minute) > ($6, $7, $8::bigint))
         order by x.spreader, x.signal, x.minute limit $9`,
        [...common(selection), selection.signals, ...(after ?? [null, null, null]), limit],
      );
      const last = found.at(-1);
      return {
        rows: found.map((row) => [
          ...placeOf(row),
          row.signal,
          ...timesOf(Number(row.minute), row.time_zone),
          row.count,
          row.min,
          row.max,
          Number((Number(row.sum) / 1e6 / Math.max(1, row.count)).toPrecision(9)),
        ]),
        last: last ? [last.spreader, last.signal, last.minute] : [],
      };
    },
  },
};
