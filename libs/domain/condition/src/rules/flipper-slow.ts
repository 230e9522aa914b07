import { signalAt } from '@quaywatch/contracts';
import type { Rule } from './rule';
import { weigh } from './weigh';

/** FM-23: a flipper needs longer for half a turn than its baseline at the same oil temperature. */
export const flipperSlow: Rule = {
  failureMode: 'FM-23',
  version: '1',
  inputs: ['flp[n].time', 'hyd.press'],
  judge(look, settings) {
    return Array.from({ length: 6 }, (_, i) => i + 1).flatMap(
      (n) => weigh(settings, signalAt('FLP[n]', n), [look(signalAt('flp[n].time', n))]) ?? [],
    );
  },
};
