import type { Alarm } from '../api/queries';

/** Window in which alarms are counted, ms. */
export const floodWindow = 10 * 60_000;

/** Alarms raised in the last ten minutes; late ones (stored by a unit that was away) are history, not news. */
export const recentAlarms = (alarms: readonly Alarm[], now: number): Alarm[] =>
  alarms.filter((alarm) => {
    const age = now - Date.parse(alarm.raised_at);
    return !alarm.late && age <= floodWindow && age > -floodWindow;
  });

/** A flood begins above 10 in ten minutes and ends below 5 (ISA-18.2). */
export const isFlood = (before: boolean, recent: number): boolean => (before ? recent >= 5 : recent > 10);
