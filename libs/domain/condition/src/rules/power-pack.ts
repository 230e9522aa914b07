import { fromIndicators, out } from './from-indicators';
import { lowPressure } from './low-pressure';
import type { Rule } from './rule';

/** Failure modes of the power pack that one kind of indicator shows. */
export const powerPackRules: readonly Rule[] = [
  fromIndicators({
    failureMode: 'FM-16',
    component: 'HYD.V',
    main: ['flp.groupSlow', 'tele.stuck'],
    // All functions at once are the pump; a drive that is always slow is worn.
    unless: (look) => lowPressure(look) || (out(look, 'tele.time') && !out(look, 'flp.groupSlow')),
  }),
  fromIndicators({ failureMode: 'FM-17', component: 'HYD.RV', main: ['hyd.pressShift'] }),
  fromIndicators({ failureMode: 'FM-19', component: 'HYD.F', main: ['hyd.filterClogged'] }),
  fromIndicators({ failureMode: 'FM-21', component: 'HYD.OIL', main: ['hyd.water', 'hyd.cleanOver'] }),
  fromIndicators({
    failureMode: 'FM-22',
    component: 'HYD.M',
    main: ['pump.current', 'vib.rms', 'pump.starts'],
    // A worn pump makes noise and draws current, too.
    unless: (look) => lowPressure(look) || out(look, 'hyd.pressShift'),
  }),
];
