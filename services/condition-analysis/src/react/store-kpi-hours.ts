import type { MoveRecord } from '@quaywatch/contracts';
import { cellOf } from '@quaywatch/domain/condition';
import type { Queryable } from '@quaywatch/ports';

const hour = 3_600_000;

interface Row extends Omit<MoveRecord, never>, Record<string, unknown> {
  org: string;
}

/**
 * Makes the hours in which these moves end anew from all their moves: late moves and ones that supersede others are
 * counted right, and a rebuild gives the same rows. An hour that a move has left is made anew with the next move of it.
 */
export async function storeKpiHours(
  q: Queryable,
  moves: Iterable<{ readonly org: string; readonly record: MoveRecord }>,
): Promise<void> {
  const touched = new Map<string, [spreader: string, hour: number]>();
  for (const { record } of moves) {
    const begin = Math.floor(record.endedAt / hour) * hour;
    touched.set(`${record.spreader} ${begin}`, [record.spreader, begin]);
  }
  if (touched.size === 0) return;
  const all = [...touched.values()];
  const rows = await q.query<Row>(
    `select m.org, move, m.spreader, started_at as "startedAt", locked_at as "lockedAt", ended_at as "endedAt", class, result,
       boxes, teu, load, features
     from unnest($1::text[], $2::float8[]) as t (spreader, hour)
     join move m on m.spreader = t.spreader and m.ended_at >= t.hour and m.ended_at < t.hour + ${hour}
     order by ended_at, move`,
    [all.map(([spreader]) => spreader), all.map(([, begin]) => begin)],
  );
  const byHour = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row.spreader} ${Math.floor(row.endedAt / hour) * hour}`;
    byHour.set(key, [...(byHour.get(key) ?? []), row]);
  }
  const cells = [...byHour].flatMap(([key, list]) => {
    const place = touched.get(key);
    return place ? [{ org: list[0]?.org ?? '', place, cell: cellOf(list) }] : [];
  });
  const empty = all.filter(([spreader, begin]) => !byHour.has(`${spreader} ${begin}`));
  if (empty.length > 0)
    await q.query(
      `delete from kpi_hour k using unnest($1::text[], $2::float8[]) as e (spreader, hour)
       where k.spreader = e.spreader and k.hour = e.hour`,
      [empty.map(([spreader]) => spreader), empty.map(([, begin]) => begin)],
    );
  await q.query(
    `insert into kpi_hour (org, spreader, hour, cell)
     select * from unnest($1::text[], $2::text[], $3::float8[], $4::jsonb[])
     on conflict (spreader, hour) do update set cell = excluded.cell`,
    [
      cells.map(({ org }) => org),
      cells.map(({ place }) => place[0]),
      cells.map(({ place }) => place[1]),
      cells.map(({ cell }) => JSON.stringify(cell)),
    ],
  );
}
