import { events, isEvent, type EventEnvelope } from '@quaywatch/contracts';
import type { Queryable } from '@quaywatch/ports';

/** What a fact does to the rows of the view: a statement with its parameters, or nothing. Pure. */
export function statementOf(event: EventEnvelope): readonly [sql: string, parameters: readonly unknown[]] | undefined {
  const { org, revision } = event;
  if (isEvent(event, events.terminalCreated)) {
    const { terminal, name, timeZone, craneHourValue } = event.data;
    return [
      'insert into terminal (org, terminal, name, time_zone, crane_hour_value) values ($1, $2, $3, $4, $5)',
      [org, terminal, name, timeZone, craneHourValue],
    ];
  }
  if (isEvent(event, events.craneCreated)) {
    const { crane, number, type, terminal } = event.data;
    return [
      'insert into crane (org, crane, number, type, terminal) values ($1, $2, $3, $4, $5)',
      [org, crane, number, type, terminal],
    ];
  }
  if (isEvent(event, events.spreaderCreated)) {
    const { spreader, number, serial, model, type, drive, terminal } = event.data;
    return [
      'insert into spreader (org, spreader, number, serial, model, type, drive, terminal) values ($1, $2, $3, $4, $5, $6, $7, $8)',
      [org, spreader, number, serial, model, type, drive, terminal],
    ];
  }
  if (isEvent(event, events.spreaderAssigned)) {
    const { spreader, crane, from } = event.data;
    return [
      'insert into assignment (org, spreader, revision, crane, from_at) values ($1, $2, $3, $4, $5)',
      [org, spreader, revision, crane, from],
    ];
  }
  if (isEvent(event, events.btuBound)) {
    const { btu, spreader, from } = event.data;
    return [
      'insert into btu_binding (org, btu, revision, spreader, from_at) values ($1, $2, $3, $4, $5)',
      [org, btu, revision, spreader, from],
    ];
  }
  return undefined;
}

/** Applies facts to the view, in the order of the log. */
export async function projectFleet(q: Queryable, facts: readonly EventEnvelope[]): Promise<void> {
  for (const event of facts) {
    const statement = statementOf(event);
    if (statement) await q.query(...statement);
    await q.query(
      `insert into view_revision (org, stream, revision) values ($1, $2, $3)
       on conflict (stream) do update set revision = excluded.revision`,
      [event.org, event.stream, event.revision],
    );
  }
}
