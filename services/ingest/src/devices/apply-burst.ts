import { events, isEvent, type EventEnvelope } from '@quaywatch/contracts';
import type { Queryable } from '@quaywatch/ports';

/** Enters a burst that came, or was lost, into the index; false when the event is about none. */
export async function applyBurst(tx: Queryable, event: EventEnvelope): Promise<boolean> {
  const received = isEvent(event, events.burstReceived) ? event.data : undefined;
  const lost = isEvent(event, events.burstLost) ? event.data : undefined;
  const head = received ?? lost;
  if (!head) return false;
  // One that was given up and came whole after all is here.
  await tx.query(
    `insert into burst as b (org, id, spreader, btu, signal, trigger, command, start_at, rate, samples, sha256, object,
                             lost_reason, missing)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     on conflict (id) do update set sha256 = excluded.sha256, object = excluded.object, lost_reason = null, missing = '[]'
       where b.object is null and excluded.object is not null`,
    [
      ...[event.org, `${head.btu}.${head.burst}`, head.spreader, head.btu, head.signal, head.trigger, head.command],
      ...[head.startAt, head.rate, head.samples, received?.sha256 ?? null, received?.object ?? null],
      ...[lost?.reason ?? null, JSON.stringify(lost?.missing ?? [])],
    ],
  );
  return true;
}
