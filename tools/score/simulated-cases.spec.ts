import { describe, expect, it } from '@jest/globals';
import type { SimulatedFault } from '@quaywatch/domain/simulator';
import { begin, runOn, simulatedHours } from './simulated-cases';

const hour = 3_600_000;
const start = Date.UTC(2026, 10, 21);
const onsetAt = start + simulatedHours.healthy * hour;

describe('a simulated run', () => {
  it('comes to the same from its healthy hours as from the beginning', () => {
    // A step: clear to see at once, so that a case is opened within the hours that follow.
    const fault: SimulatedFault = { mode: 'FM-17', position: 1, onsetAt, fullAt: onsetAt + hour, shape: 'step' };
    const end = onsetAt + 5 * hour;
    const calm = runOn(begin(), 1037, [], onsetAt);
    const before = JSON.stringify(calm);
    const inTwo = runOn(calm, 1037, [fault], end);
    const inOne = runOn(begin(), 1037, [fault], end);
    expect(JSON.stringify(inTwo)).toBe(JSON.stringify(inOne));
    expect(JSON.stringify(calm)).toBe(before);
    expect(inOne.raised.map(({ mode }) => mode)).toContain('FM-17');
    expect(inOne.raised.every(({ at }) => at > onsetAt)).toBe(true);
  });
});
