import { events, isEvent, type EventEnvelope } from '@quaywatch/contracts';
import type { Whereabouts } from '@quaywatch/domain/alerts';
import type { Queryable } from '@quaywatch/ports';

/** Applies facts of the fleet to the tables that tell where spreaders are. */
export async function projectWhereabouts(q: Queryable, facts: readonly EventEnvelope[]): Promise<void> {
  for (const event of facts) {
    if (isEvent(event, events.craneCreated)) {
      await q.query('insert into place_crane (org, crane, terminal) values ($1, $2, $3)', [
        event.org,
        event.data.crane,
        event.data.terminal,
      ]);
    } else if (isEvent(event, events.spreaderCreated)) {
      const { spreader, number, terminal } = event.data;
      await q.query('insert into place_spreader (org, spreader, number, terminal) values ($1, $2, $3, $4)', [
        event.org,
        spreader,
        number,
        terminal,
      ]);
    } else if (isEvent(event, events.spreaderAssigned)) {
      // The later `from` wins; of equal ones the one recorded later, which comes later in the log.
      await q.query(
        `update place_spreader set crane = $3, crane_from = $4
         where org = $1 and spreader = $2 and (crane_from is null or crane_from <= $4)`,
        [event.org, event.data.spreader, event.data.crane, event.data.from],
      );
    }
  }
}

/** SQL of a spreader's terminal, given aliases `s` (place_spreader) and `c` (place_crane): its crane's, else its own. */
export const terminalSql = `coalesce(c.terminal, s.terminal, '')`;

/** Where a spreader is, and on which crane. */
export interface Place extends Whereabouts {
  readonly crane: string | null;
}

/** Where a spreader is; empty while fleet has not told yet. */
export async function whereaboutsOf(q: Queryable, org: string, spreader: string): Promise<Place> {
  const [row] = await q.query<{ number: string; terminal: string; crane: string | null }>(
    `select s.number, s.crane, ${terminalSql} as terminal
     from place_spreader s left join place_crane c on c.org = s.org and c.crane = s.crane
     where s.org = $1 and s.spreader = $2`,
    [org, spreader],
  );
  return { number: row?.number ?? '', terminal: row?.terminal ?? '', crane: row?.crane ?? null };
}
