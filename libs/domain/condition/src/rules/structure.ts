import { fromIndicators, out } from './from-indicators';
import { anyUnloaded } from './locking';
import type { Rule } from './rule';

/** Failure modes of telescope, structure and twin system that one kind of indicator shows. */
export const structureRules: readonly Rule[] = [
  fromIndicators({ failureMode: 'FM-09', component: 'TWN', main: ['load.twin20'] }),
  fromIndicators({ failureMode: 'FM-11', component: 'TEL.CH', main: ['len.overshoot'], support: ['tele.drift'] }),
  fromIndicators({ failureMode: 'FM-12', component: 'TEL.POS', main: ['len.posFault'] }),
  // A slack chain lets the length drift as well: it shows by its overshoot.
  fromIndicators({
    failureMode: 'FM-13',
    component: 'STR.WP',
    main: ['len.error', 'tele.drift'],
    support: ['side.peakG'],
    unless: (look) => out(look, 'len.overshoot'),
  }),
  // Load cells that drift or a corner without load shift the shares as well.
  fromIndicators({
    failureMode: 'FM-14',
    component: 'STR',
    main: ['str.damage', 'load.biasL', 'load.biasW'],
    unless: (look) =>
      !out(look, 'str.damage') && (anyUnloaded(look) || out(look, 'load.zero', 'load.sumError', 'load.sumScatter')),
  }),
];
