import { describe, expect, it } from '@jest/globals';
import { failureModes } from './index';

describe('failure modes', () => {
  it('has the 34 of the reference list and the generic one', () => {
    const reference = Array.from({ length: 34 }, (_, i) => `FM-${String(i + 1).padStart(2, '0')}`);
    expect([...failureModes.keys()].sort()).toEqual([...reference, 'FM-GEN']);
  });

  it.each([...failureModes.values()])('$id says what to do, by whom, how long and how it is proved', (mode) => {
    expect(mode.actions.length).toBeGreaterThan(0);
    expect(mode.skills.length).toBeGreaterThan(0);
    expect(mode.repairHours).toBeGreaterThan(0);
    expect(mode.leadHours[0]).toBeLessThan(mode.leadHours[1]);
    for (const text of [mode.title, mode.symptoms, mode.verification]) expect(text.length).toBeGreaterThan(5);
  });
});
