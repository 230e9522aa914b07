import { lowPressure } from './low-pressure';
import type { Rule } from './rule';
import { explained, weigh } from './weigh';

/**
 * FM-20: the oil is hotter above ambient than its baseline while the pump works as before. Low pressure or longer
 * running explains heat by the pump (FM-15).
 */
export const coolerDirty: Rule = {
  failureMode: 'FM-20',
  version: '1',
  inputs: ['hyd.tempRise', 'hyd.press', 'hyd.pumpDuty'],
  judge(look, settings) {
    const verdict = weigh(settings, 'HYD.C', [look('hyd.tempRise')], [look('hyd.oilTemp')]);
    if (!verdict) return [];
    const explains = lowPressure(look) || (look('hyd.pumpDuty')?.step ?? 0) > 0;
    return [explains ? explained(verdict) : verdict];
  },
};
