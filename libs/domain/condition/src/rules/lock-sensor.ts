import { signalAt } from '@quaywatch/contracts';
import { corners } from '../moves/move-state';
import type { Rule } from './rule';
import { weigh } from './weigh';

/**
 * FM-01: the sensors of one corner contradict themselves, miss "locked" while the box was lifted, or flicker, in
 * several of the last moves. When most corners do it at once it is not a sensor but wiring or the bus: no verdict.
 */
export const lockSensor: Rule = {
  failureMode: 'FM-01',
  version: '1',
  inputs: ['tl[n].sensorFault', 'tl.retries'],
  judge(look, settings) {
    const indicators = Array.from({ length: corners }, (_, i) => look(signalAt('tl[n].sensorFault', i + 1)));
    const seen = indicators.filter((indicator) => indicator?.judged);
    const many = seen.filter((indicator) => (indicator?.step ?? 0) > 0).length > Math.max(2, seen.length / 2);
    return indicators.flatMap((indicator, i) => {
      const verdict = weigh(settings, signalAt('TL[n].SL', i + 1), [indicator], [look('tl.retries')]);
      return verdict && !many ? [verdict] : [];
    });
  },
};
