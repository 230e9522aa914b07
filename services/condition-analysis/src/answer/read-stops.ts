import type { DataOf, events } from '@quaywatch/contracts';
import {
  suspectedStops,
  suspiciousPause,
  withoutRecorded,
  type ActNowPeriod,
  type MoveTime,
  type Stop,
} from '@quaywatch/domain/condition';
import type { Queryable } from '@quaywatch/ports';
import { readSettingsAt } from '../catalogue/read-catalogue';

/** A stop, and what the technician noted. */
export interface NotedStop extends Stop {
  readonly note: string | null;
}

/** Stops of these spreaders that touch the range: recorded ones, and suspected ones that no recorded one tells better. */
export async function readStops(
  q: Queryable,
  spreaders: readonly string[],
  from: number,
  to: number,
  now: number,
): Promise<NotedStop[]> {
  const records = await q.query<{ record: DataOf<typeof events.stopRecorded> }>(
    'select record from stop where spreader = any($1) and from_at < $3 and coalesce(to_at, $4) >= $2',
    [spreaders, from, to, now],
  );
  const recorded = records.map(({ record }): NotedStop => ({
    stop: record.stop,
    spreader: record.spreader,
    from: record.from,
    to: record.to,
    cause: record.cause,
    ending: record.ending,
    confirmed: true,
    rootCause: record.rootCause,
    times: record.times,
    note: record.note,
  }));
  const periods = await q.query<ActNowPeriod & Record<string, unknown> & { org: string }>(
    `select org, spreader, root_cause as "rootCause", from_at as "from", to_at as "to" from act_now_period
     where spreader = any($1) and from_at < $3 and coalesce(to_at, $4) >= $2 order by from_at, finding`,
    [spreaders, from, to, now],
  );
  const settingsAt = await readSettingsAt(q, [...new Set(periods.map(({ org }) => org))], spreaders);
  const suspected: Stop[] = [];
  for (const period of periods) {
    const { stops } = settingsAt(period.org, period.spreader, period.from);
    const moves = await q.query<MoveTime & Record<string, unknown>>(
      `select coalesce(locked_at, started_at) as begin, ended_at as "end" from move
       where spreader = $1 and ended_at > $2 and coalesce(locked_at, started_at) < $3 order by ended_at`,
      [period.spreader, period.from - stops.before, period.to ?? now],
    );
    suspected.push(...suspectedStops([period], moves, suspiciousPause(stops, moves), now));
  }
  const unheard = withoutRecorded(suspected, recorded).map((stop) => ({ ...stop, note: null }));
  return [...recorded, ...unheard]
    .filter((stop) => stop.from >= from && stop.from < to)
    .sort((a, b) => a.from - b.from || (a.stop < b.stop ? -1 : 1));
}
