import { events, isEvent, type DataOf, type EventEnvelope, type Permission } from '@quaywatch/contracts';
import { minutes, toIso, type Instant } from '@quaywatch/kernel';
import type { Whereabouts } from './whereabouts';

/** A CloudEvent (structured mode) as partners get it. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event of the live stream with what decides who may see it; terminal null = seen only with the whole organisation. */
export interface LiveEvent {
  readonly org: string;
  readonly terminal: string | null;
  readonly permission: Permission;
  readonly event: CloudEvent;
}

/** A move that ended longer ago than this is history (a unit sent what it had stored), not news. */
const moveNewsFor = minutes(15);

type Told = { type: string; spreader: string | null; permission: Permission; data: Record<string, unknown> };

/** What an event of the log is to the readers of the live stream; undefined = nothing. Pure but for the given whereabouts. */
export function liveEvent(event: EventEnvelope, where: Whereabouts, now: Instant): LiveEvent | undefined {
  const told = tell(event, where, now);
  if (!told) return undefined;
  const { org } = event;
  const terminal = told.spreader === null ? null : where.terminalOf(org, told.spreader);
  return {
    org,
    terminal,
    permission: told.permission,
    event: {
      specversion: '1.0',
      id: event.id,
      type: told.type,
      source: terminal === null ? `/organisations/${org}` : `/terminals/${terminal}`,
      subject: told.spreader ?? event.key,
      time: toIso(event.time),
      datacontenttype: 'application/json',
      data: { spreader_id: told.spreader, ...told.data },
    },
  };
}

/** Types of the log that the live stream tells of; everything else need not even be read. */
export const toldTypes: ReadonlySet<string> = new Set(
  [
    events.conditionChanged,
    events.healthAssessed,
    events.adviceRaised,
    events.adviceUpdated,
    events.adviceClosed,
    events.alarmRaised,
    events.alarmLevelChanged,
    events.alarmAcknowledged,
    events.alarmCleared,
    events.deviceConnected,
    events.deviceDisconnected,
    events.moveCompleted,
  ].map((definition) => definition.type),
);

function tell(event: EventEnvelope, where: Whereabouts, now: Instant): Told | undefined {
  return condition(event) ?? alarm(event, where) ?? presence(event) ?? move(event, now);
}

function condition(event: EventEnvelope): Told | undefined {
  if (isEvent(event, events.conditionChanged)) {
    const { spreader, component, failureMode, level, previous, finding } = event.data;
    const data = { component, failure_mode: failureMode, condition: level, previous, finding_id: finding };
    return { type: 'spreader.condition_changed', spreader, permission: 'spreaders.read', data };
  }
  if (isEvent(event, events.healthAssessed)) {
    const { spreader, level, score, completeness } = event.data;
    return {
      type: 'spreader.health_changed',
      spreader,
      permission: 'spreaders.read',
      data: { condition: level, score, completeness },
    };
  }
  if (isEvent(event, events.adviceRaised)) return advice('finding.raised', event.data);
  if (isEvent(event, events.adviceUpdated)) return advice('finding.updated', event.data);
  if (isEvent(event, events.adviceClosed)) {
    const { finding, spreader, reason } = event.data;
    return { type: 'finding.closed', spreader, permission: 'findings.read', data: { id: finding, reason } };
  }
  return undefined;
}

function advice(
  type: string,
  { finding, spreader, component, title, level, risk, failureMode }: DataOf<typeof events.adviceRaised>,
): Told {
  const data = { id: finding, component, failure_mode: failureMode, title, condition: level, risk };
  return { type, spreader, permission: 'findings.read', data };
}

function alarm(event: EventEnvelope, where: Whereabouts): Told | undefined {
  const permission = 'alarms.read';
  if (isEvent(event, events.alarmRaised)) {
    const { alarm: id, spreader, component, code, title, level, risk, late } = event.data;
    return { type: 'alarm.raised', spreader, permission, data: { id, component, code, title, level, risk, late } };
  }
  if (isEvent(event, events.alarmLevelChanged)) {
    const { alarm: id, level, previous } = event.data;
    return {
      type: 'alarm.level_changed',
      spreader: where.spreaderOf(event.org, id),
      permission,
      data: { id, level, previous },
    };
  }
  if (isEvent(event, events.alarmAcknowledged)) {
    const { alarm: id, by } = event.data;
    return { type: 'alarm.taken', spreader: where.spreaderOf(event.org, id), permission, data: { id, by } };
  }
  if (isEvent(event, events.alarmCleared)) {
    const { alarm: id, reason } = event.data;
    return { type: 'alarm.closed', spreader: where.spreaderOf(event.org, id), permission, data: { id, reason } };
  }
  return undefined;
}

function presence(event: EventEnvelope): Told | undefined {
  if (isEvent(event, events.deviceConnected)) {
    return {
      type: 'device.online',
      spreader: event.data.spreader,
      permission: 'spreaders.read',
      data: { btu: event.data.btu },
    };
  }
  if (isEvent(event, events.deviceDisconnected)) {
    const { btu, spreader, how } = event.data;
    return { type: 'device.silent', spreader, permission: 'spreaders.read', data: { btu, how } };
  }
  return undefined;
}

function move(event: EventEnvelope, now: Instant): Told | undefined {
  if (!isEvent(event, events.moveCompleted) || now - event.data.endedAt > moveNewsFor) return undefined;
  const { move: id, spreader, class: kind, result, endedAt } = event.data;
  return {
    type: 'move.completed',
    spreader,
    permission: 'moves.read',
    data: { id, class: kind, result, ended_at: toIso(endedAt) },
  };
}
