import type { SignalRate } from '@quaywatch/contracts';
import { freshnessOf, type Freshness } from '../time/ages';

/** A unit speaks at least once a minute, also when it idles. */
const idleInterval = 60_000;

/**
 * Freshness of a live value. A state that is sent on change, or a result of the last lift, stays true while the unit
 * speaks at all; a value sent by the clock must come by the clock.
 */
export function valueFreshness(rate: SignalRate | undefined, at: number, seenAt: number | null, now: number): Freshness {
  const unit = freshnessOf(seenAt, now, idleInterval);
  if (unit === 'none') return 'none';
  if (rate === 'E' || rate === 'M') return unit;
  return freshnessOf(at, now, rate === 'H' ? 3_600_000 : idleInterval);
}
