import { hours, minutes, seconds, type Duration } from '@quaywatch/kernel';

/** Pauses before the attempts of a delivery (Standard Webhooks 1.0, operational considerations), ms; the first is at once. */
export const deliverySchedule: readonly Duration[] = [
  0,
  seconds(5),
  minutes(5),
  minutes(30),
  hours(2),
  hours(5),
  hours(10),
  hours(14),
  hours(20),
  hours(24),
];

/**
 * Pause before the next attempt after `attempts` have failed; undefined = give up. Up to a tenth is added, by
 * `chance` (0..1), so that what failed together does not come back together.
 */
export function pauseAfter(attempts: number, chance: number): Duration | undefined {
  const pause = deliverySchedule[attempts];
  return pause === undefined ? undefined : Math.round(pause * (1 + 0.1 * chance));
}
