import { events, isEvent, type ConditionLevel, type EventEnvelope } from '@quaywatch/contracts';
import { evolveAlarm, type Alarm, type AlarmStateName, type AlarmSubject } from '@quaywatch/domain/alerts';
import type { Queryable } from '@quaywatch/ports';

/** A row of the view `alarm`. */
export interface AlarmRow {
  readonly [column: string]: unknown;
  readonly alarm: string;
  readonly revision: number;
  readonly state: AlarmStateName;
  readonly level: ConditionLevel;
  readonly raised_at: number;
  readonly acknowledged_at: number | null;
  readonly acknowledged_by: string | null;
  readonly cleared_at: number | null;
  readonly subject: AlarmSubject;
}

/** The alarm that a row stands for. */
export const alarmOfRow = (row: AlarmRow): Alarm => ({
  subject: row.subject,
  state: row.state,
  level: row.level,
  acknowledgedAt: row.acknowledged_at,
  acknowledgedBy: row.acknowledged_by,
  clearedAt: row.cleared_at,
});

/** Applies facts of alerting to its views, with the same reducer that decisions are made with. */
export async function projectAlerting(q: Queryable, facts: readonly EventEnvelope[]): Promise<void> {
  for (const event of facts) {
    if (isEvent(event, events.webhookEndpointRegistered)) {
      const { endpoint, url, format } = event.data;
      await q.query(
        'insert into webhook_endpoint (org, endpoint, url, created_at, format) values ($1, $2, $3, $4, $5)',
        [event.org, endpoint, url, event.time, format],
      );
    } else if (isEvent(event, events.webhookEndpointRemoved)) {
      await q.query('delete from webhook_endpoint where org = $1 and endpoint = $2', [event.org, event.data.endpoint]);
    } else if (isEvent(event, events.webhookEndpointSwitchedOff)) {
      const { endpoint, at, reason } = event.data;
      await q.query('update webhook_endpoint set off_since = $3, off_reason = $4 where org = $1 and endpoint = $2', [
        event.org,
        endpoint,
        at,
        reason,
      ]);
    } else if (isEvent(event, events.webhookEndpointSwitchedOn)) {
      await q.query(
        'update webhook_endpoint set off_since = null, off_reason = null where org = $1 and endpoint = $2',
        [event.org, event.data.endpoint],
      );
    } else if (event.stream?.startsWith('alarm-')) {
      await projectAlarm(q, event);
    }
  }
}

async function projectAlarm(q: Queryable, event: EventEnvelope): Promise<void> {
  const { alarm: id } = event.data as { alarm: string };
  const [row] = await q.query<AlarmRow>('select * from alarm where alarm = $1', [id]);
  const alarm = evolveAlarm(row && alarmOfRow(row), event);
  if (!alarm) return;
  await q.query(
    `insert into alarm (org, alarm, revision, spreader, state, level, raised_at, acknowledged_at, acknowledged_by, cleared_at, subject)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (alarm) do update set revision = $3, state = $5, level = $6, raised_at = $7, acknowledged_at = $8,
       acknowledged_by = $9, cleared_at = $10, subject = $11`,
    [
      event.org,
      id,
      event.revision,
      alarm.subject.spreader,
      alarm.state,
      alarm.level,
      alarm.subject.raisedAt,
      alarm.acknowledgedAt,
      alarm.acknowledgedBy,
      alarm.clearedAt,
      JSON.stringify(alarm.subject),
    ],
  );
}
