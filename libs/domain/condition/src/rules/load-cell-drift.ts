import type { Rule } from './rule';
import { weigh } from './weigh';

/** FM-24: the reading with nothing under the spreader moved away from its baseline, or is far from zero. */
export const loadCellDrift: Rule = {
  failureMode: 'FM-24',
  version: '1',
  inputs: ['load.zero'],
  judge(look, settings) {
    return [weigh(settings, 'LOD', [look('load.zero')])].flatMap((verdict) => verdict ?? []);
  },
};
