import { events, isEvent, type EventEnvelope } from '@quaywatch/contracts';
import type { Queryable } from '@quaywatch/ports';

/** Applies a fact about a command to its row; one that was applied already changes nothing. */
export async function applyCommandFact(tx: Queryable, event: EventEnvelope): Promise<void> {
  if (isEvent(event, events.commandRequested)) {
    const { command, btu, kind, parameters, expiresAt, by } = event.data;
    await tx.query(
      `insert into command (org, id, btu, kind, parameters, state, requested_at, requested_by, expires_at)
       values ($1, $2, $3, $4, $5, 'requested', $6, $7, $8) on conflict (id) do nothing`,
      [event.org, command, btu, kind, JSON.stringify(parameters), event.time, by, expiresAt],
    );
  } else if (isEvent(event, events.commandSent)) {
    await tx.query(
      `update command set state = 'sent', sent_at = $2, answer_by = $3 where id = $1 and state = 'requested'`,
      [event.data.command, event.time, event.data.answerBy],
    );
  } else if (isEvent(event, events.commandAcknowledged)) {
    const { command, ok, detail, object } = event.data;
    await tx.query(
      `update command set state = $2, ended_at = $3, detail = $4, object = $5 where id = $1 and ended_at is null`,
      [command, ok ? 'done' : 'refused', event.time, detail, object],
    );
  } else if (isEvent(event, events.commandTimedOut)) await end(tx, event, 'timed_out');
  else if (isEvent(event, events.commandExpired)) await end(tx, event, 'expired');
}

async function end(tx: Queryable, event: EventEnvelope<{ command: string }>, state: string): Promise<void> {
  await tx.query('update command set state = $2, ended_at = $3 where id = $1 and ended_at is null', [
    event.data.command,
    state,
    event.time,
  ]);
}
