import type { Alarm, Level, Spreader } from '../api/queries';
import type { LiveEvent } from './live-event';

const levels: ReadonlySet<unknown> = new Set<Level>(['ok', 'watch', 'plan', 'act_now', 'no_data']);
const isLevel = (value: unknown): value is Level => levels.has(value);

const later = (a: string | null, b: string): string => (a !== null && Date.parse(a) >= Date.parse(b) ? a : b);

/** What an event says about the spreader itself; the same object when it says nothing new. */
export function spreaderWithEvent<S extends Spreader>(spreader: S, event: LiveEvent): S {
  const { data, type, time } = event;
  if (type === 'spreader.health_changed' && isLevel(data.condition)) {
    const score = typeof data.score === 'number' ? data.score : null;
    const completeness = typeof data.completeness === 'number' ? data.completeness : spreader.health.completeness;
    return {
      ...spreader,
      condition: data.condition,
      health: { ...spreader.health, score, completeness, computed_at: later(spreader.health.computed_at, time) },
    };
  }
  if (type === 'device.online')
    return { ...spreader, connection: 'online', last_seen_at: later(spreader.last_seen_at, time) };
  if (type === 'device.silent') return { ...spreader, connection: 'offline' };
  if (type === 'move.completed' && typeof data.ended_at === 'string')
    return { ...spreader, last_seen_at: later(spreader.last_seen_at, data.ended_at) };
  return spreader;
}

/** The list after the events, in their order; the same array when nothing changed, and the same row objects where nothing changed. */
export function spreadersWithEvents(list: readonly Spreader[], events: readonly LiveEvent[]): readonly Spreader[] {
  const about = new Map<string, LiveEvent[]>();
  for (const event of events) {
    const id = event.data.spreader_id;
    if (typeof id !== 'string') continue;
    const own = about.get(id);
    if (own) own.push(event);
    else about.set(id, [event]);
  }
  if (about.size === 0) return list;
  let changed = false;
  const next = list.map((row) => {
    const after = (about.get(row.id) ?? []).reduce<Spreader>(spreaderWithEvent, row);
    if (after !== row) changed = true;
    return after;
  });
  return changed ? next : list;
}

/** Open alarms after the events: level, taken, closed. New alarms are not made up from events; they are fetched. */
export function alarmsWithEvents(list: readonly Alarm[], events: readonly LiveEvent[]): readonly Alarm[] {
  const byId = new Map(list.map((alarm) => [alarm.id, alarm] as const));
  let changed = false;
  for (const { type, data, time } of events) {
    const alarm = typeof data.id === 'string' ? byId.get(data.id) : undefined;
    if (!alarm) continue;
    if (type === 'alarm.level_changed' && isLevel(data.level)) byId.set(alarm.id, { ...alarm, level: data.level });
    else if (type === 'alarm.taken') {
      const by = typeof data.by === 'string' ? data.by : null;
      // Taken after it had gone: nothing is left to do.
      if (alarm.cleared_at !== null) byId.delete(alarm.id);
      else byId.set(alarm.id, { ...alarm, state: 'acknowledged', acknowledged_at: time, acknowledged_by: by });
    } else if (type === 'alarm.closed') {
      if (alarm.acknowledged_at !== null) byId.delete(alarm.id);
      else byId.set(alarm.id, { ...alarm, state: 'returned_unacknowledged', cleared_at: time });
    } else continue;
    changed = true;
  }
  return changed ? [...byId.values()] : list;
}

/** What must be fetched again because events only told that it changed. */
export interface Outdated {
  readonly attention: boolean;
  readonly alarms: boolean;
  /** Ids of spreaders whose row, findings or health changed. */
  readonly spreaders: ReadonlySet<string>;
  /** Ids of spreaders that made a move. */
  readonly moves: ReadonlySet<string>;
}

/** What the events make outdated. */
export function outdatedBy(events: readonly LiveEvent[]): Outdated {
  const spreaders = new Set<string>();
  const moves = new Set<string>();
  let alarms = false;
  for (const { type, data } of events) {
    if (type.startsWith('alarm.')) alarms = true;
    const id = data.spreader_id;
    if (typeof id !== 'string') continue;
    if (type === 'move.completed') moves.add(id);
    else if (type.startsWith('finding.') || type.startsWith('spreader.') || type.startsWith('device.')) spreaders.add(id);
  }
  return { attention: spreaders.size > 0, alarms, spreaders, moves };
}
