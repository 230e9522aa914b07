import { signalAt } from '@quaywatch/contracts';
import { corners } from '../moves/move-state';
import { fromIndicators, out } from './from-indicators';
import { lowPressure } from './low-pressure';
import type { Look, Rule } from './rule';

/** A corner that carries almost nothing shifts the share of all others. */
export const anyUnloaded = (look: Look): boolean =>
  Array.from({ length: corners }, (_, i) => signalAt('tl[n].unloaded', i + 1)).some((id) => out(look, id));

/** Failure modes of locking that one kind of indicator shows. */
export const lockingRules: readonly Rule[] = [
  // All corners slow at once; low pressure is the pump.
  fromIndicators({ failureMode: 'FM-03', component: 'TL', main: ['tl.lockTime'], unless: lowPressure }),
  fromIndicators({ failureMode: 'FM-05', component: 'TL[n].PIN', positions: corners, main: ['tl[n].cycles'] }),
  fromIndicators({ failureMode: 'FM-06', component: 'TL[n].NUT', positions: corners, main: ['tl[n].unloaded'] }),
  fromIndicators({
    failureMode: 'FM-08',
    component: 'BLK',
    main: ['tl.blocked', 'tl.unseated'],
    support: ['tl.retries'],
  }),
];
