import { signalAt } from '@quaywatch/contracts';
import { corners } from '../moves/move-state';
import { corner } from './corner';
import type { Rule } from './rule';
import { explained, weigh } from './weigh';

/**
 * FM-02: one corner locks slower than it used to, compared with the other corners of the same moves, but unlocks
 * about as before. The comparison takes out oil temperature, pressure and everything else all corners share; slow
 * both ways is the actuator (FM-04).
 */
export const stiffTwistlock: Rule = {
  failureMode: 'FM-02',
  version: '2',
  inputs: ['tl[n].lockRatio', 'tl[n].unlockRatio', 'tl[n].lockTime', 'tl.spread', 'tl.retries'],
  judge(look, settings, isOpen) {
    return Array.from({ length: corners }, (_, i) => i + 1).flatMap((n) => {
      const seen = corner(look, n, settings, isOpen);
      const verdict = weigh(
        settings,
        signalAt('TL[n]', n),
        [seen.lock],
        [look(signalAt('tl[n].lockTime', n)), look('tl.spread')],
      );
      return verdict ? [seen.bothWays || seen.creeps ? explained(verdict) : verdict] : [];
    });
  },
};
