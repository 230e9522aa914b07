import { findSignal } from '@quaywatch/contracts';
import { shownLimits, type ConditionSettings, type SpreaderState } from '@quaywatch/domain/condition';
import { fromIso, toIso } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';
import { Refused, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';

type Series = ApiAnswer<'getSeries'>['series'][number];

/** What falls into one bucket. */
interface Sum {
  /** Place of the bucket, from 0. */
  readonly i: number;
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
  settings: ConditionSettings,
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
    const wanted = [spreader, signal, from, to, first, size];
    let sums = rate === 'M' || rate === undefined ? await sumsOf(q, sumsOfMovesSql, wanted) : [];
    if (sums.length === 0) sums = await sumsOf(q, sumsOfMinutesSql, wanted);
    series.push({
      signal,
      unit: findSignal(signal)?.unit ?? '1',
      ...inBuckets(buckets, sums),
      limits: shownLimits(settings, state, signal),
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
  sums: readonly Sum[],
): Pick<Series, 'raw_points' | 't' | 'min' | 'max' | 'mean' | 'count'> {
  const min: (number | null)[] = buckets.map(() => null);
  const max: (number | null)[] = buckets.map(() => null);
  const mean: (number | null)[] = buckets.map(() => null);
  const count = buckets.map(() => 0);
  let raw = 0;
  for (const bucket of sums) {
    if (bucket.i >= buckets.length) continue;
    raw += bucket.count;
    count[bucket.i] = bucket.count;
    min[bucket.i] = bucket.min;
    max[bucket.i] = bucket.max;
    mean[bucket.i] = Number((bucket.sum / bucket.count).toPrecision(9));
  }
  return { raw_points: raw, t: buckets, min, max, mean, count };
}

// Parameters of both: spreader, signal, from, to, start of the first bucket, length of a bucket; times in ms.

/** Minutes of a signal by bucket; the minute in which the range begins belongs to the first. */
export const sumsOfMinutesSql = `
  select ((greatest(minute, $3::bigint) - $5::bigint) / $6::bigint)::int as i, sum(count)::float8 as count, min(min) as min,
    max(max) as max, sum(sum_micro)::float8 / 1e6 as sum
  from signal_minute
  where spreader = $1 and signal = $2 and minute >= $3::bigint / 60000 * 60000 and minute < $4::bigint group by 1`;

const sumsOfMovesSql = `
  select floor((at - $5::float8) / $6::float8)::int as i, count(*)::float8 as count, min(value) as min, max(value) as max,
    sum(value) as sum
  from (
    select ended_at as at, (features ->> $2)::float8 as value from move
    where spreader = $1 and ended_at >= $3 and ended_at < $4 and features ? $2
  ) feature where value is not null group by 1`;

const sumsOf = (q: Queryable, sql: string, parameters: readonly unknown[]): Promise<Sum[]> =>
  q.query<Sum & Record<string, unknown>>(sql, parameters);

async function readState(q: Queryable, spreader: string): Promise<SpreaderState | undefined> {
  const [row] = await q.query<{ state: string }>('select state from spreader_state where spreader = $1', [spreader]);
  return row ? (JSON.parse(row.state) as SpreaderState) : undefined;
}
