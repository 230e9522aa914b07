import { accept, refuse, type Decision, type Duration, type Instant } from '@quaywatch/kernel';
import type { ConditionLevel } from '@quaywatch/contracts';
import type { Alarm, AlarmFact, AlarmSubject } from './alarm';
import { isWorse } from './level';
import { isActive } from './transitions';

/** What can happen to an alarm. `at` is when it really happened, ms UTC; `now` is when we learnt of it. */
export type AlarmCommand =
  | {
      readonly kind: 'raise';
      readonly subject: Omit<AlarmSubject, 'late'>;
      readonly now: Instant;
      readonly lateAfter: Duration;
    }
  | { readonly kind: 'worsen'; readonly level: ConditionLevel; readonly at: Instant; readonly reason: string }
  | { readonly kind: 'ease'; readonly level: ConditionLevel; readonly at: Instant; readonly reason: string }
  | { readonly kind: 'clear'; readonly at: Instant; readonly reason: string }
  | { readonly kind: 'acknowledge'; readonly by: string; readonly at: Instant; readonly note: string | null };

/** Whether something that happened at `at` is learnt too late to notify anybody of it. */
export const isLate = (at: Instant, now: Instant, lateAfter: Duration): boolean => now - at > lateAfter;

/**
 * Decides what happens to an alarm (undefined = none of this id yet): its new facts, none when nothing changes.
 * Raising an active alarm changes its level when that differs. Refused: another occurrence than the one that is over
 * (`gone`), acknowledging twice or what is over (`conflict`), anything on an alarm that is none (`not_found`).
 */
export function decideAlarm(alarm: Alarm | undefined, command: AlarmCommand): Decision<AlarmFact[]> {
  if (command.kind === 'raise') return raise(alarm, command);
  if (!alarm) return refuse('not_found', 'There is no such alarm.');
  const id = alarm.subject.alarm;
  switch (command.kind) {
    case 'worsen':
    case 'ease': {
      if (!isActive(alarm.state)) return accept([]);
      const fits =
        command.kind === 'worsen' ? isWorse(command.level, alarm.level) : isWorse(alarm.level, command.level);
      if (!fits) return accept([]);
      const { level, at, reason } = command;
      return accept([{ type: 'alarm-level-changed', data: { alarm: id, level, previous: alarm.level, at, reason } }]);
    }
    case 'clear':
      if (!isActive(alarm.state)) return accept([]);
      return accept([
        {
          type: 'alarm-cleared',
          data: { alarm: id, at: Math.max(command.at, alarm.subject.raisedAt), reason: command.reason },
        },
      ]);
    case 'acknowledge':
      if (alarm.state === 'acknowledged')
        return refuse('conflict', `This alarm was taken by ${alarm.acknowledgedBy ?? 'somebody'} already.`);
      if (alarm.state === 'normal') return refuse('conflict', 'This alarm is over.');
      return accept([
        { type: 'alarm-acknowledged', data: { alarm: id, by: command.by, at: command.at, note: command.note } },
      ]);
  }
}

function raise(alarm: Alarm | undefined, command: Extract<AlarmCommand, { kind: 'raise' }>): Decision<AlarmFact[]> {
  const { subject, now, lateAfter } = command;
  if (alarm?.state === 'normal') return refuse('gone', 'This occurrence is over; the next one has a new number.');
  if (alarm && isActive(alarm.state)) {
    const { level, raisedAt: at, reason } = subject;
    return decideAlarm(alarm, { kind: isWorse(level, alarm.level) ? 'worsen' : 'ease', level, at, reason });
  }
  return accept([{ type: 'alarm-raised', data: { ...subject, late: isLate(subject.raisedAt, now, lateAfter) } }]);
}
