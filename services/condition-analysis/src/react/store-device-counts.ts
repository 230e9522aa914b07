import { events, isEvent, type DataOf, type EventEnvelope } from '@quaywatch/contracts';
import type { Queryable } from '@quaywatch/ports';

type Move = EventEnvelope<DataOf<typeof events.deviceMoveReported>>;
type Histogram = EventEnvelope<DataOf<typeof events.histogramReported>>;

/** Keeps what devices of bound spreaders count themselves; what is there already stays as it is. */
export async function storeDeviceCounts(q: Queryable, batch: readonly EventEnvelope[]): Promise<void> {
  const moves: Move[] = [];
  const histograms: Histogram[] = [];
  for (const event of batch) {
    if (isEvent(event, events.deviceMoveReported)) moves.push(event);
    else if (isEvent(event, events.histogramReported)) histograms.push(event);
  }
  await storeMoves(
    q,
    moves.filter(({ data }) => data.spreader !== null),
  );
  await storeHistograms(
    q,
    histograms.filter(({ data }) => data.spreader !== null),
  );
}

async function storeMoves(q: Queryable, moves: readonly Move[]): Promise<void> {
  if (moves.length === 0) return;
  await q.query(
    `insert into device_move (org, move, spreader, btu, boot, started_at, ended_at, class, boxes, total, features, historical)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::float8[], $7::float8[], $8::text[],
                          $9::int[], $10::bigint[], $11::jsonb[], $12::boolean[])
     on conflict (spreader, move) do nothing`,
    [
      moves.map(({ org }) => org),
      moves.map(({ data }) => data.move),
      moves.map(({ data }) => data.spreader),
      moves.map(({ data }) => data.btu),
      moves.map(({ data }) => data.boot),
      moves.map(({ data }) => data.startedAt),
      moves.map(({ data }) => data.endedAt),
      moves.map(({ data }) => data.class),
      moves.map(({ data }) => data.boxes),
      moves.map(({ data }) => data.total),
      moves.map(({ data }) => JSON.stringify(data.features)),
      moves.map(({ data }) => data.historical),
    ],
  );
}

async function storeHistograms(q: Queryable, histograms: readonly Histogram[]): Promise<void> {
  if (histograms.length === 0) return;
  await q.query(
    `insert into device_histogram (org, event, spreader, btu, signal, counted, from_at, to_at, axes, counts, outside)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[],
                          $9::jsonb[], $10::jsonb[], $11::float8[])
     on conflict (event) do nothing`,
    [
      histograms.map(({ org }) => org),
      histograms.map(({ id }) => id),
      histograms.map(({ data }) => data.spreader),
      histograms.map(({ data }) => data.btu),
      histograms.map(({ data }) => data.signal),
      histograms.map(({ data }) => data.counted),
      histograms.map(({ data }) => data.from),
      histograms.map(({ data }) => data.to),
      histograms.map(({ data }) => JSON.stringify(data.axes)),
      histograms.map(({ data }) => JSON.stringify(data.counts)),
      histograms.map(({ data }) => data.outside),
    ],
  );
}
