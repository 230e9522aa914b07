import { signalAt } from '@quaywatch/contracts';
import type { ConditionSettings } from '../settings';
import type { Indicator } from '../tracks/track';
import type { IsOpen, Look } from './rule';

/** How one corner locks and unlocks compared with the others, and what that says of actuator or twistlock. */
export interface Corner {
  readonly lock: Indicator | undefined;
  readonly unlock: Indicator | undefined;
  readonly creep: Indicator | undefined;
  /** Slow both ways. */
  readonly bothWays: boolean;
  /** Loses "locked" without a command. */
  readonly creeps: boolean;
}

/** Looks at corner `n` (1..8). */
export function corner(look: Look, n: number, settings: ConditionSettings, isOpen: IsOpen): Corner {
  const lock = look(signalAt('tl[n].lockRatio', n));
  const unlock = look(signalAt('tl[n].unlockRatio', n));
  const creep = look(signalAt('tl[n].creep', n));
  const slowness = (indicator: Indicator | undefined): number =>
    indicator?.judged && indicator.value !== null && indicator.baseline !== null
      ? indicator.value / indicator.baseline - 1
      : 0;
  const locking = slowness(lock);
  // Once both have left normal for sure it stays so: the share alone wavers from move to move.
  const both = (lock?.step ?? 0) > 0 && (unlock?.step ?? 0) > 0;
  const margin = settings.rules.bothWaysMargin;
  const stands = isOpen('FM-04', signalAt('TL[n].ACT', n))
    ? 1 - margin
    : isOpen('FM-02', signalAt('TL[n]', n))
      ? 1 + margin
      : 1;
  const bothWays = both || (locking > 0 && slowness(unlock) >= stands * settings.rules.bothWays * locking);
  return { lock, unlock, creep, bothWays, creeps: (creep?.step ?? 0) > 0 };
}
