import { describe, expect, it } from '@jest/globals';
import { failureModes } from './index';
import { hydraulicFailureModes } from './hydraulics';
import { mechanicFailureModes } from './mechanics';
import { twistlockFailureModes } from './twistlock';

describe('failure modes', () => {
  it('has the ten of the first release and the generic one, each once', () => {
    expect([...failureModes.keys()].sort()).toEqual(
      ['FM-01', 'FM-02', 'FM-04', 'FM-07', 'FM-10', 'FM-15', 'FM-18', 'FM-20', 'FM-23', 'FM-24', 'FM-GEN'].sort(),
    );
    expect(failureModes.size).toBe(
      twistlockFailureModes.length + mechanicFailureModes.length + hydraulicFailureModes.length,
    );
  });

  it.each([...failureModes.values()])('$id says what to do, by whom, how long and how it is proved', (mode) => {
    expect(mode.actions.length).toBeGreaterThan(0);
    expect(mode.skills.length).toBeGreaterThan(0);
    expect(mode.repairHours).toBeGreaterThan(0);
    expect(mode.leadHours[0]).toBeLessThan(mode.leadHours[1]);
    for (const text of [mode.title, mode.symptoms, mode.verification]) expect(text.length).toBeGreaterThan(5);
  });
});
