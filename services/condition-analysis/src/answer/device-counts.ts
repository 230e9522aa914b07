import { findSignal, type Histogram } from '@quaywatch/contracts';
import { compareMoves, type CountedMove, type TimedMove } from '@quaywatch/domain/condition';
import { days, toIso } from '@quaywatch/kernel';
import type { Queryable, ViewStore } from '@quaywatch/ports';
import { pageOfRows, readCursor, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { oneVisible, rangeOf } from './visible-fleet';

const longest = days(31);
const mostNamed = 100;

interface MoveRow extends Record<string, unknown> {
  move: string;
  btu: string;
  started_at: number;
  ended_at: number;
  class: ApiAnswer<'listDeviceMoves'>['data'][number]['class'];
  boxes: number | null;
  total: string | null;
  features: Record<string, number>;
  historical: boolean;
}

interface HistogramRow extends Record<string, unknown>, Pick<Histogram, 'counted' | 'axes' | 'counts' | 'outside'> {
  from_at: number;
  to_at: number;
}

/** Moves that the device of a spreader counted itself, newest first. */
export function listDeviceMoves(
  store: ViewStore,
  { principal, params, query }: ApiCall<'listDeviceMoves'>,
): Promise<ApiAnswer<'listDeviceMoves'>> {
  const after = readCursor(query.cursor, ['number', 'string']);
  return store.readAs(principal.org, async (q) => {
    const { spreader } = await oneVisible(q, principal, 'moves.read', params.id);
    const rows = await q.query<MoveRow>(
      `select move, btu, started_at, ended_at, class, boxes, total, features, historical from device_move
       where spreader = $1 and ($2::float8 is null or (ended_at, move) < ($2::float8, $3::text))
       order by ended_at desc, move desc limit $4`,
      [spreader, after?.[0] ?? null, after?.[1] ?? null, query.limit + 1],
    );
    const { rows: shown, ...page } = pageOfRows(rows, query.limit, ({ ended_at, move }) => [ended_at, move]);
    return {
      data: shown.map((row) => ({
        id: row.move,
        btu: row.btu,
        started_at: toIso(row.started_at),
        ended_at: toIso(row.ended_at),
        class: row.class,
        boxes: row.boxes,
        total: row.total === null ? null : Number(row.total),
        features: row.features,
        historical: row.historical,
      })),
      ...page,
    };
  });
}

/** The two counts of a spreader's moves that ended in a time, side by side. */
export function answerComparison(
  store: ViewStore,
  { principal, params, query }: ApiCall<'compareMoves'>,
): Promise<ApiAnswer<'compareMoves'>> {
  const { from, to } = rangeOf(query, longest);
  return store.readAs(principal.org, async (q) => {
    const { spreader } = await oneVisible(q, principal, 'moves.read', params.id);
    const of = <T extends TimedMove>(table: string, more: string): Promise<T[]> =>
      q.query<T & Record<string, unknown>>(
        `select move as id, started_at as "startedAt", ended_at as "endedAt"${more} from ${table}
         where spreader = $1 and ended_at >= $2 and ended_at < $3 order by ended_at, move`,
        [spreader, from, to],
      );
    const platform = await of('move', '');
    const device = await of<CountedMove>('device_move', ', total::float8 as total');
    const compared = compareMoves(platform, device);
    return {
      spreader_id: spreader,
      from: toIso(from),
      to: toIso(to),
      by_platform: platform.length,
      by_device: device.length,
      matched: compared.matched,
      only_platform: compared.onlyPlatform.slice(0, mostNamed),
      only_device: compared.onlyDevice.slice(0, mostNamed),
      untold: compared.untold,
      counter_restarts: compared.restarts,
    };
  });
}

/** The histograms of a signal that lie in a time, added up. */
export function answerDistribution(
  store: ViewStore,
  { principal, params, query }: ApiCall<'getDistribution'>,
): Promise<ApiAnswer<'getDistribution'>> {
  const { from, to } = rangeOf(query, 12 * longest);
  return store.readAs(principal.org, async (q) => {
    const { spreader } = await oneVisible(q, principal, 'series.read', params.id);
    const { newest, added, covered, outside, counts, leftOut } = await addUp(q, spreader, query.signal, from, to);
    return {
      spreader_id: spreader,
      signal: query.signal,
      unit: findSignal(query.signal)?.unit ?? '1',
      from: toIso(from),
      to: toIso(to),
      counted: newest?.counted ?? null,
      axes: newest?.axes ?? [],
      counts,
      outside,
      histograms: added,
      covered_seconds: covered / 1000,
      left_out: leftOut,
    };
  });
}

async function addUp(q: Queryable, spreader: string, signal: string, from: number, to: number) {
  const rows = await q.query<HistogramRow>(
    `select counted, axes, counts, outside, from_at, to_at from device_histogram
     where spreader = $1 and signal = $2 and from_at >= $3 and to_at <= $4 order by to_at desc, event`,
    [spreader, signal, from, to],
  );
  const [newest] = rows;
  const counts = newest ? newest.counts.map(() => 0) : [];
  const bins = (row: HistogramRow | undefined): string => JSON.stringify([row?.counted, row?.axes]);
  const alike = rows.filter((row) => bins(row) === bins(newest));
  for (const row of alike) row.counts.forEach((count, i) => (counts[i] = (counts[i] ?? 0) + count));
  return {
    newest,
    counts,
    added: alike.length,
    covered: alike.reduce((sum, row) => sum + row.to_at - row.from_at, 0),
    outside: alike.reduce((sum, row) => sum + row.outside, 0),
    leftOut: rows.length - alike.length,
  };
}
