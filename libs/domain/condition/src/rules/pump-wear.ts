import type { Rule } from './rule';
import { weigh } from './weigh';

/**
 * FM-15: pressure under demand falls below its baseline and the pump runs longer; hotter oil supports it. Longer
 * running alone is not enough for more than "watch": it may be the work.
 */
export const pumpWear: Rule = {
  failureMode: 'FM-15',
  version: '1',
  inputs: ['hyd.press', 'hyd.pumpDuty', 'hyd.tempRise', 'hyd.oilTemp'],
  judge(look, settings) {
    const duty = look('hyd.pumpDuty');
    const verdict = weigh(settings, 'HYD.P', [look('hyd.press')], [duty, look('hyd.tempRise')]);
    return verdict ? [verdict] : [];
  },
};
