import type { ConditionLevel, DataOf, events } from '@quaywatch/contracts';
import type { Instant } from '@quaywatch/kernel';
import { nextState, type AlarmStateName, type AlarmTrigger } from './transitions';
import { isWorse } from './level';

/** What an alarm is about, as it was when the alarm was last raised. */
export type AlarmSubject = DataOf<typeof events.alarmRaised>;

/** An alarm as its facts tell it. One alarm is one occurrence: after `normal` a new one begins with the next number. */
export interface Alarm {
  readonly subject: AlarmSubject;
  readonly state: AlarmStateName;
  /** Level now; that of the last raise is in the subject. */
  readonly level: ConditionLevel;
  readonly acknowledgedAt: Instant | null;
  readonly acknowledgedBy: string | null;
  readonly clearedAt: Instant | null;
}

/** A fact of an alarm's life, of the catalogue's latest version. */
export type AlarmFact =
  | { readonly type: 'alarm-raised'; readonly data: DataOf<typeof events.alarmRaised> }
  | { readonly type: 'alarm-level-changed'; readonly data: DataOf<typeof events.alarmLevelChanged> }
  | { readonly type: 'alarm-acknowledged'; readonly data: DataOf<typeof events.alarmAcknowledged> }
  | { readonly type: 'alarm-cleared'; readonly data: DataOf<typeof events.alarmCleared> };

/** The alarm after a fact; undefined = no alarm yet. Total: facts of other types, and facts before the first raise, change nothing. */
export function evolveAlarm(
  alarm: Alarm | undefined,
  fact: { readonly type: string; readonly data: unknown },
): Alarm | undefined {
  const known = fact as AlarmFact;
  if (known.type === 'alarm-raised') return raised(alarm, known.data);
  if (!alarm) return undefined;
  switch (known.type) {
    case 'alarm-level-changed': {
      const worse = isWorse(known.data.level, alarm.level);
      const next = { ...alarm, level: known.data.level, state: after(alarm, worse ? 'worsens' : 'eases') };
      return next.state === alarm.state || alarm.state !== 'acknowledged'
        ? next
        : { ...next, acknowledgedAt: null, acknowledgedBy: null };
    }
    case 'alarm-acknowledged':
      return {
        ...alarm,
        state: after(alarm, 'is_acknowledged'),
        acknowledgedAt: known.data.at,
        acknowledgedBy: known.data.by,
      };
    case 'alarm-cleared':
      return { ...alarm, state: clearedState(alarm), clearedAt: known.data.at };
    default:
      return alarm;
  }
}

/**
 * The state after clearing. An alarm nobody was notified of because it came late needs nobody's acknowledgement once it
 * is over (ISA-18.2 allows to acknowledge by class at return to normal).
 */
function clearedState(alarm: Alarm): AlarmStateName {
  const state = after(alarm, 'clears');
  return state === 'returned_unacknowledged' && alarm.subject.late
    ? after({ ...alarm, state }, 'is_acknowledged')
    : state;
}

function raised(alarm: Alarm | undefined, subject: AlarmSubject): Alarm {
  const state = after(alarm, 'occurs');
  return { subject, state, level: subject.level, acknowledgedAt: null, acknowledgedBy: null, clearedAt: null };
}

/** Facts were decided by `decideAlarm`, so an impossible step is a fact of an older rule: the state stays. */
const after = (alarm: { state: AlarmStateName } | undefined, trigger: AlarmTrigger): AlarmStateName => {
  const state = alarm?.state ?? 'normal';
  return nextState(state, trigger) ?? state;
};
