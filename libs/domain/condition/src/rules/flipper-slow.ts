import { out } from './from-indicators';
import { signalAt } from '@quaywatch/contracts';
import { lowPressure } from './low-pressure';
import type { Rule } from './rule';
import { explained, weigh } from './weigh';

/**
 * FM-23: a flipper needs longer for half a turn than its baseline at the same oil temperature; not when the pressure is
 * low, most flippers are slow at once, or all of them are now and then: that is the hydraulics.
 */
export const flipperSlow: Rule = {
  failureMode: 'FM-23',
  version: '2',
  inputs: ['flp[n].time', 'flp.groupSlow', 'hyd.press'],
  judge(look, settings) {
    const verdicts = Array.from({ length: 6 }, (_, i) => i + 1).flatMap(
      (n) => weigh(settings, signalAt('FLP[n]', n), [look(signalAt('flp[n].time', n))]) ?? [],
    );
    const slow = verdicts.filter(({ step }) => step > 0).length;
    const all = slow >= 3 && slow > verdicts.length / 2;
    return lowPressure(look) || all || out(look, 'flp.groupSlow') ? verdicts.map(explained) : verdicts;
  },
};
