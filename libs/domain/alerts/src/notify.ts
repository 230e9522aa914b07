import type { Duration, Instant } from '@quaywatch/kernel';
import type { Alarm, AlarmFact } from './alarm';
import { isLate } from './decide';
import { isWorse } from './level';

/** What the outside is told of an alarm. */
export type NotificationType = 'alarm.raised' | 'alarm.taken' | 'alarm.closed';

/**
 * What to notify of after `fact` on `before`, learnt at `now`; undefined = nothing. What happened longer ago than
 * `lateAfter` is recorded only: nobody is called for the past. A worse level is announced like a new alarm (ISA-18.2
 * re-annunciates), a milder one is not.
 */
export function notificationOf(
  before: Alarm | undefined,
  fact: AlarmFact,
  now: Instant,
  lateAfter: Duration,
): NotificationType | undefined {
  switch (fact.type) {
    case 'alarm-raised':
      return fact.data.late ? undefined : 'alarm.raised';
    case 'alarm-level-changed':
      return before && isWorse(fact.data.level, before.level) && !isLate(fact.data.at, now, lateAfter)
        ? 'alarm.raised'
        : undefined;
    case 'alarm-acknowledged':
      return isLate(fact.data.at, now, lateAfter) ? undefined : 'alarm.taken';
    case 'alarm-cleared':
      return isLate(fact.data.at, now, lateAfter) ? undefined : 'alarm.closed';
  }
}
