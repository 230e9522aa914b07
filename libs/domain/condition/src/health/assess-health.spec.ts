import { describe, expect, it } from '@jest/globals';
import { conditionDefaults as settings } from '../defaults';
import type { Step } from '../limits/limit';
import { assessHealth, type ModeStanding } from './assess-health';

const standing = (failureMode: string, component: string, step: Step, severity: number): ModeStanding => ({
  failureMode,
  component,
  step,
  severity,
});

describe('health', () => {
  const well = ['TL[1]', 'TL[2]', 'TL[3]', 'HYD.P'].map((component) => standing('FM-02', component, 0, 0));

  it('is 100 when nothing is wrong', () => {
    expect(assessHealth(settings, well, 1, 0)).toMatchObject({ level: 'ok', score: 100 });
  });

  it('never lets a mean hide one bad part: 0.6 worst + 0.4 mean', () => {
    const health = assessHealth(settings, [...well, standing('FM-10', 'TEL.DRV', 2, 2)], 1, 0);
    expect(health.components.find(({ component }) => component === 'TEL.DRV')).toMatchObject({
      score: 55,
      level: 'plan',
    });
    expect(health.score).toBe(Math.round(0.6 * 55 + 0.4 * ((400 + 55) / 5)));
  });

  it('adds up what is wrong with one component and names it worst first', () => {
    const parts = [standing('FM-01', 'TL[3].SL', 1, 1), standing('FM-02', 'TL[3]', 2, 2)];
    const [component] = assessHealth(settings, parts, 1, 0).components;
    expect(component).toMatchObject({ component: 'TL[3]', level: 'plan', score: 30 });
    expect(component?.reasons.map(({ text }) => text)).toEqual([
      'Twistlock 3 slow to lock',
      'Lock sensor of twistlock 3 gives wrong signals',
    ]);
  });

  it('is capped while a safety finding must be acted on', () => {
    expect(
      assessHealth(settings, [...well, ...well, standing('FM-07', 'LP[1]', 3, 3)], 1, 0).score,
    ).toBeLessThanOrEqual(39);
  });

  it('is unknown below the least completeness, and a known fault is still shown', () => {
    expect(assessHealth(settings, well, 0.5, 0)).toMatchObject({ level: 'no_data', score: null });
    expect(assessHealth(settings, [standing('FM-10', 'TEL.DRV', 2, 2)], 0.5, 0)).toMatchObject({
      level: 'plan',
      score: null,
    });
    expect(assessHealth(settings, [], 0, 0)).toMatchObject({ level: 'no_data', score: null });
  });
});
