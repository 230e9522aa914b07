import { lowPressure } from './low-pressure';
import type { Rule } from './rule';
import { explained, weigh } from './weigh';

/** FM-10: telescoping takes longer or needs more effort than its baseline at the same oil temperature; not when the pressure is low. */
export const telescopeWear: Rule = {
  failureMode: 'FM-10',
  version: '1',
  inputs: ['tele.time', 'tele.current', 'hyd.press'],
  judge(look, settings) {
    const verdict = weigh(settings, 'TEL.DRV', [look('tele.time'), look('tele.current')]);
    return verdict ? [lowPressure(look) ? explained(verdict) : verdict] : [];
  },
};
