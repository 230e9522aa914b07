import { signalAt } from '@quaywatch/contracts';
import { corners } from '../moves/move-state';
import { corner } from './corner';
import type { Rule } from './rule';
import { explained, weigh } from './weigh';

/** FM-04: one corner is slow both ways compared with the others, or loses "locked" without a command and for good. */
export const actuatorLeak: Rule = {
  failureMode: 'FM-04',
  version: '2',
  inputs: ['tl[n].lockRatio', 'tl[n].unlockRatio', 'tl[n].creep'],
  judge(look, settings, isOpen) {
    return Array.from({ length: corners }, (_, i) => i + 1).flatMap((n) => {
      const seen = corner(look, n, settings, isOpen);
      const component = signalAt('TL[n].ACT', n);
      // A slow corner keeps its step when "locked" is lost too: more evidence never makes it less urgent.
      if (seen.creeps) return weigh(settings, component, [seen.creep, seen.lock, seen.unlock]) ?? [];
      const verdict = weigh(settings, component, [seen.lock, seen.unlock], [seen.creep]);
      return verdict ? [seen.bothWays ? verdict : explained(verdict)] : [];
    });
  },
};
