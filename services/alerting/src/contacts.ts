import { events, isEvent, type EventEnvelope } from '@quaywatch/contracts';
import type { Instant } from '@quaywatch/kernel';
import type { StoreTransaction } from '@quaywatch/ports';
import type { AlarmDesk, AlarmKey } from './alarm-desk';

/** The alarm of a spreader that is not heard any more. */
export const silenceOf = (spreader: string): AlarmKey => ({ spreader, component: 'BTU', code: 'silence' });

/** Keeps which spreaders' units were lost and not heard since; ends the alarm `silence` when one is heard again. */
export class Contacts {
  constructor(private readonly desk: AlarmDesk) {}

  /** Goes through events of da.telemetry in order. Only spreaders with a lost unit cost a statement. */
  async note(tx: StoreTransaction, batch: readonly EventEnvelope[]): Promise<void> {
    const rows = await tx.query<{ spreader: string; lost_at: number }>('select spreader, lost_at from lost_contact');
    const lost = new Map(rows.map((row) => [row.spreader, row.lost_at]));
    for (const event of batch) {
      const { spreader, btu } = event.data as { spreader?: string | null; btu?: string };
      if (!spreader || !btu) continue;
      if (isEvent(event, events.deviceDisconnected)) {
        if (event.data.how !== 'lost' || lost.has(spreader)) continue;
        lost.set(spreader, event.time);
        await tx.query(
          'insert into lost_contact (spreader, organisation, btu, lost_at, alarmed) values ($1, $2, $3, $4, false) on conflict do nothing',
          [spreader, event.org, btu, event.time],
        );
        continue;
      }
      const since = lost.get(spreader);
      const heardAt = hearingTime(event);
      if (since === undefined || heardAt === undefined || heardAt < since) continue;
      lost.delete(spreader);
      await tx.query('delete from lost_contact where spreader = $1', [spreader]);
      await this.desk.clear(tx, event, silenceOf(spreader), heardAt, 'The unit is heard again.');
    }
  }
}

/** When the platform heard the device; undefined for events that are no sign of life. */
function hearingTime(event: EventEnvelope): Instant | undefined {
  if (isEvent(event, events.samplesReceived)) return event.data.receivedAt;
  if (isEvent(event, events.deviceConnected) || isEvent(event, events.deviceBirthReceived)) return event.time;
  return undefined;
}
