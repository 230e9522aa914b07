import type { Rule } from './rule';
import { weigh } from './weigh';

/** FM-10: telescoping takes longer or needs more effort than its baseline at the same oil temperature. */
export const telescopeWear: Rule = {
  failureMode: 'FM-10',
  version: '1',
  inputs: ['tele.time', 'tele.current', 'tele.drift'],
  judge(look, settings) {
    return [weigh(settings, 'TEL.DRV', [look('tele.time'), look('tele.current')])].flatMap((verdict) => verdict ?? []);
  },
};
