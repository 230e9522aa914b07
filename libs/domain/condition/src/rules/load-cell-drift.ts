import type { Rule } from './rule';
import { weigh } from './weigh';

/**
 * FM-24: the reading with nothing under the spreader moved away from its baseline or is far from zero, or the corners
 * and the load contradict each other.
 */
export const loadCellDrift: Rule = {
  failureMode: 'FM-24',
  version: '2',
  inputs: ['load.zero', 'load.sumError', 'load.sumScatter'],
  judge(look, settings) {
    const seen = ['load.zero', 'load.sumError', 'load.sumScatter'].map(look);
    return [weigh(settings, 'LOD', seen)].flatMap((verdict) => verdict ?? []);
  },
};
