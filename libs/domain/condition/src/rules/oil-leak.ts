import type { Rule } from './rule';
import { weigh } from './weigh';

/** FM-18: the tank level falls faster than use explains, or is low. */
export const oilLeak: Rule = {
  failureMode: 'FM-18',
  version: '1',
  inputs: ['hyd.levelSlope', 'hyd.levelFall', 'hyd.level'],
  judge(look, settings) {
    return [weigh(settings, 'HYD.HOSE', [look('hyd.levelSlope'), look('hyd.levelFall'), look('hyd.level')])].flatMap(
      (verdict) => verdict ?? [],
    );
  },
};
