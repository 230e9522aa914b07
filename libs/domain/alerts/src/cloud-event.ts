import { toIso, type Instant } from '@quaywatch/kernel';
import type { Alarm } from './alarm';
import type { NotificationType } from './notify';

/** Where a spreader is, as people know it; what is not known yet is empty. */
export interface Whereabouts {
  readonly number: string;
  readonly terminal: string;
}

/** An alarm as the API and notifications show it. */
export function alarmDocument(alarm: Alarm, where: Whereabouts) {
  const { subject } = alarm;
  return {
    id: subject.alarm,
    spreader_id: subject.spreader,
    spreader_number: where.number,
    terminal_id: where.terminal,
    component: subject.component,
    code: subject.code,
    title: subject.title,
    level: alarm.level,
    risk: subject.risk,
    state: alarm.state,
    finding_id: subject.finding,
    reason: subject.reason,
    late: subject.late,
    raised_at: toIso(subject.raisedAt),
    acknowledged_at: isoOrNull(alarm.acknowledgedAt),
    acknowledged_by: alarm.acknowledgedBy,
    cleared_at: isoOrNull(alarm.clearedAt),
  };
}

/** A notification as CloudEvents 1.0 (JSON, structured) with `timestamp` beside `time` for readers of Standard Webhooks. */
export function cloudEvent(id: string, type: NotificationType, at: Instant, alarm: Alarm, where: Whereabouts) {
  const time = toIso(at);
  return {
    specversion: '1.0',
    id,
    type,
    source: where.terminal === '' ? '/alarms' : `/terminals/${where.terminal}`,
    subject: where.number || alarm.subject.spreader,
    time,
    timestamp: time,
    datacontenttype: 'application/json',
    data: alarmDocument(alarm, where),
  };
}

const isoOrNull = (at: Instant | null): string | null => (at === null ? null : toIso(at));
