import { signalAt } from '@quaywatch/contracts';
import { corners } from '../moves/move-state';
import type { Rule } from './rule';
import { weigh } from './weigh';

/** FM-07: one pin comes later than the middle of the others, more than it used to; or it stays in, or never comes. */
export const landingPin: Rule = {
  failureMode: 'FM-07',
  version: '1',
  inputs: ['lp[n].lag', 'lp[n].stuck', 'lp.skew', 'landing.count'],
  judge(look, settings) {
    return Array.from({ length: corners }, (_, i) => i + 1).flatMap((n) => {
      const main = [look(signalAt('lp[n].lag', n)), look(signalAt('lp[n].stuck', n))];
      return weigh(settings, signalAt('LP[n]', n), main, [look('lp.skew')]) ?? [];
    });
  },
};
