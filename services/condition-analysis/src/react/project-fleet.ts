import { events, isEvent } from '@quaywatch/contracts';
import type { EventBatch } from '@quaywatch/runtime';

/** Projects fleet facts to the tables of consumer `condition-fleet`; the same fact twice changes nothing. */
export async function projectFleet({ events: batch, tx }: Pick<EventBatch, 'events' | 'tx'>): Promise<void> {
  for (const event of batch) {
    const { org } = event;
    if (isEvent(event, events.terminalCreated)) {
      const { terminal, name, timeZone, craneHourValue } = event.data;
      await tx.query(
        `insert into terminal (org, terminal, name, time_zone, crane_hour_value) values ($1, $2, $3, $4, $5)
         on conflict (terminal) do update set name = excluded.name, time_zone = excluded.time_zone,
           crane_hour_value = excluded.crane_hour_value`,
        [org, terminal, name, timeZone, craneHourValue],
      );
    } else if (isEvent(event, events.craneCreated)) {
      const { crane, number, terminal } = event.data;
      await tx.query(
        `insert into crane (org, crane, number, terminal) values ($1, $2, $3, $4)
         on conflict (crane) do update set number = excluded.number, terminal = excluded.terminal`,
        [org, crane, number, terminal],
      );
    } else if (isEvent(event, events.spreaderCreated)) {
      const { spreader, number, model, type, terminal } = event.data;
      await tx.query(
        `insert into fleet_spreader (org, spreader, number, model, type, terminal) values ($1, $2, $3, $4, $5, $6)
         on conflict (spreader) do update set number = excluded.number, model = excluded.model, type = excluded.type, terminal = excluded.terminal`,
        [org, spreader, number, model, type, terminal],
      );
    } else if (isEvent(event, events.spreaderAssigned)) {
      const { spreader, crane, from } = event.data;
      await tx.query(
        `insert into assignment (org, spreader, from_at, crane) values ($1, $2, $3, $4)
         on conflict (spreader, from_at) do update set crane = excluded.crane`,
        [org, spreader, from, crane],
      );
    }
  }
}
