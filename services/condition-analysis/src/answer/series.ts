import { findSignal } from '@quaywatch/contracts';
import { conditionDefaults, shownLimits, type SpreaderState } from '@quaywatch/domain/condition';
import { fromIso, toIso } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';
import { Refused, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';

type Series = ApiAnswer<'getSeries'>['series'][number];

/** One value to put into a bucket: a minute of a signal, or a feature of one move. */
interface Point {
  readonly at: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
}

const minute = 60_000;

/**
 * Signals over time in buckets of whole minutes, at most `max_points` of them: minute rows for what is sampled, moves for
 * features of moves. Every bucket from `from` to `to` is there; one without data has nulls.
 */
export async function seriesOf(
  q: Queryable,
  spreader: string,
  query: ApiCall<'getSeries'>['query'],
): Promise<ApiAnswer<'getSeries'>> {
  const from = fromIso(query.from) ?? 0;
  const to = fromIso(query.to) ?? 0;
  if (to <= from) {
    throw new Refused('invalid', 'The end of the range must be after its start.', [
      { pointer: '/query/to', code: 'before_start', detail: 'Must be after from.' },
    ]);
  }
  // One bucket less than asked: the range need not begin at the start of a bucket.
  const size = Math.max(1, Math.ceil((to - from) / minute / Math.max(1, query.max_points - 1))) * minute;
  const first = Math.floor(from / size) * size;
  const buckets = Array.from({ length: Math.ceil((to - first) / size) }, (_, i) => first + i * size);
  const state = await readState(q, spreader);
  const series: Series[] = [];
  for (const signal of [...new Set(query.signals)]) {
    const rate = findSignal(signal)?.rate;
    // What is not in the catalogue is derived from moves or from windows, or a recording's own signal; and an asset that
    // makes no moves sends as samples what others send once a move.
    let points = rate === 'M' || rate === undefined ? await pointsOfMoves(q, spreader, signal, from, to) : [];
    if (points.length === 0) points = await pointsOfMinutes(q, spreader, signal, from, to);
    series.push({
      signal,
      unit: findSignal(signal)?.unit ?? '1',
      ...inBuckets(buckets, first, size, points),
      limits: shownLimits(conditionDefaults, state, signal),
    });
  }
  return {
    from: toIso(from),
    to: toIso(to),
    aggregation: 'min_max_mean',
    resolution: `PT${size / minute}M`,
    truncated: false,
    series,
  };
}

function inBuckets(
  buckets: number[],
  first: number,
  size: number,
  points: readonly Point[],
): Pick<Series, 'raw_points' | 't' | 'min' | 'max' | 'mean' | 'count'> {
  const min: (number | null)[] = buckets.map(() => null);
  const max: (number | null)[] = buckets.map(() => null);
  const sum = buckets.map(() => 0);
  const count = buckets.map(() => 0);
  let raw = 0;
  for (const point of points) {
    const i = Math.floor((point.at - first) / size);
    if (i < 0 || i >= buckets.length) continue;
    raw += point.count;
    count[i] = (count[i] ?? 0) + point.count;
    sum[i] = (sum[i] ?? 0) + point.sum;
    min[i] = Math.min(min[i] ?? point.min, point.min);
    max[i] = Math.max(max[i] ?? point.max, point.max);
  }
  const mean = count.map((n, i) => (n === 0 ? null : Number(((sum[i] ?? 0) / n).toPrecision(9))));
  return { raw_points: raw, t: buckets, min, max, mean, count };
}

async function pointsOfMinutes(
  q: Queryable,
  spreader: string,
  signal: string,
  from: number,
  to: number,
): Promise<Point[]> {
  const rows = await q.query<{ minute: string; count: number; min: number; max: number; sum: string }>(
    `select minute, count, min, max, sum_micro as sum from signal_minute
     where spreader = $1 and signal = $2 and minute >= $3 and minute < $4 order by minute`,
    [spreader, signal, Math.floor(from / minute) * minute, to],
  );
  return rows.map(({ minute: at, count, min, max, sum }) => ({
    at: Math.max(from, Number(at)),
    count,
    min,
    max,
    sum: Number(sum) / 1e6,
  }));
}

async function pointsOfMoves(
  q: Queryable,
  spreader: string,
  signal: string,
  from: number,
  to: number,
): Promise<Point[]> {
  const rows = await q.query<{ at: number; value: number }>(
    `select ended_at as at, (features ->> $2)::float8 as value from move
     where spreader = $1 and ended_at >= $3 and ended_at < $4 and features ? $2 order by ended_at`,
    [spreader, signal, from, to],
  );
  return rows.map(({ at, value }) => ({ at, count: 1, min: value, max: value, sum: value }));
}

async function readState(q: Queryable, spreader: string): Promise<SpreaderState | undefined> {
  const [row] = await q.query<{ state: string }>('select state from spreader_state where spreader = $1', [spreader]);
  return row ? (JSON.parse(row.state) as SpreaderState) : undefined;
}
