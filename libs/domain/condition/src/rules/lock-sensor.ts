import { signalAt } from '@quaywatch/contracts';
import { corners } from '../moves/move-state';
import type { Rule } from './rule';
import { weigh } from './weigh';

/**
 * FM-01: the sensors of one corner contradict themselves, miss "locked" while the box was lifted, or flicker, in
 * several of the last moves; or a command had to be repeated for this corner alone although it does not lock slowly
 * otherwise. When most corners do it at once it is not a sensor but wiring or the bus: no verdict.
 */
export const lockSensor: Rule = {
  failureMode: 'FM-01',
  version: '1',
  inputs: ['tl[n].sensorFault', 'tl[n].missed', 'tl[n].lockRatio', 'tl.retries'],
  judge(look, settings) {
    const indicators = Array.from({ length: corners }, (_, i) => look(signalAt('tl[n].sensorFault', i + 1)));
    const seen = indicators.filter((indicator) => indicator?.judged);
    const many = seen.filter((indicator) => (indicator?.step ?? 0) > 0).length > Math.max(2, seen.length / 2);
    return indicators.flatMap((indicator, i) => {
      const slow = (look(signalAt('tl[n].lockRatio', i + 1))?.step ?? 0) > 0;
      const missed = slow ? undefined : look(signalAt('tl[n].missed', i + 1));
      const verdict = weigh(settings, signalAt('TL[n].SL', i + 1), [indicator, missed], [look('tl.retries')]);
      return verdict && !many ? [verdict] : [];
    });
  },
};
