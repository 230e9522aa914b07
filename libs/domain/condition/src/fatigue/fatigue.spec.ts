import { describe, expect, it } from '@jest/globals';
import { noiseOf } from '../../test/scenario';
import { conditionDefaults } from '../index';
import { dutyGroup, usedPeriod, utilisationClass } from './duty';
import { cyclesBorne, minerDamage } from './miner';
import { addToRainflow, freshRainflow, residue, type LoadCycle, type RainflowState } from './rainflow';
import { fatigueUsed, freshUse, recordUse, useSummary } from './use-record';

const count = (values: readonly number[]): LoadCycle[] => {
  const state = freshRainflow();
  const counted = values.flatMap((value) => addToRainflow(state, value));
  return [...counted, ...residue(state)];
};
const byRange = (cycles: readonly LoadCycle[]): Record<number, number> => {
  const out: Record<number, number> = {};
  for (const { range, count: n } of cycles) out[range] = (out[range] ?? 0) + n;
  return out;
};

describe('rainflow counting', () => {
  it('is that of the example of ASTM E1049', () => {
    expect(byRange(count([-2, 1, -3, 5, -1, 3, -4, 4, -2]))).toEqual({ 3: 0.5, 4: 1.5, 6: 0.5, 8: 1, 9: 0.5 });
  });

  it('does not mind points between the turning points, or equal ones', () => {
    expect(byRange(count([-2, -1, 1, 1, 0, -3, 5, 2, -1, 3, -4, -4, 0, 4, 1, -2]))).toEqual({
      3: 0.5,
      4: 1.5,
      6: 0.5,
      8: 1,
      9: 0.5,
    });
  });

  it('counts every range once: the sum of the counts is half the number of turns', () => {
    const noise = noiseOf(3);
    const values = Array.from({ length: 2001 }, () => noise());
    const turns = values.filter(
      (value, i) =>
        i === 0 || i === 2000 || (value - (values[i - 1] as number)) * ((values[i + 1] as number) - value) < 0,
    ).length;
    expect(count(values).reduce((sum, { count: n }) => sum + n, 0)).toBeCloseTo((turns - 1) / 2, 9);
  });

  it('goes on the same from a stored state, with bounded memory', () => {
    const values = Array.from({ length: 3000 }, (_, i) => ((-1) ** i * (3000 - i)) / 100);
    let state: RainflowState = freshRainflow();
    const counted: LoadCycle[] = [];
    for (const value of values) {
      counted.push(...addToRainflow(state, value));
      state = JSON.parse(JSON.stringify(state)) as RainflowState;
      expect(state.turns.length).toBeLessThanOrEqual(64);
    }
    expect(counted).toEqual(count(values).slice(0, counted.length));
  });
});

describe('damage', () => {
  const { curve } = conditionDefaults.fatigue;
  it('is one at the end of the life at one range', () => {
    expect(
      minerDamage(
        curve,
        Array.from({ length: 100 }, () => ({ range: 41, mean: 20, count: 1 as const })),
      ),
    ).toBeCloseTo(100 / 2e6, 12);
  });
  it('falls with the third power, and faster beyond the knee', () => {
    expect(cyclesBorne(curve, 82)).toBeCloseTo(2e6 / 8, 3);
    const knee = 41 * (2e6 / 5e6) ** (1 / 3);
    expect(cyclesBorne(curve, knee)).toBeCloseTo(5e6, 0);
    expect(cyclesBorne(curve, knee / 2)).toBeCloseTo(5e6 * 32, -2);
    expect(cyclesBorne(curve, 0)).toBe(Infinity);
  });
});

describe('designed working period', () => {
  it('follows the worked example of domain.md: U7, Q2, A7', () => {
    expect(utilisationClass(156_000 * 10)).toBe(7);
    expect([1, 2, 3].map((q) => dutyGroup(q, 7))).toEqual([6, 7, 8]);
    expect(utilisationClass(16_000)).toBe(0);
    expect(utilisationClass(5_000_000)).toBe(9);
  });
  it('is duty over design duty, times the factor of the recording', () => {
    // Ten years of 156 000 moves with the Kp of the example, 0.207, over 2 million at 0.25.
    const duty = 1_560_000 * 0.207;
    expect(usedPeriod(duty, { cycles: 2_000_000, kp: 0.25 })).toBeCloseTo(64.58, 1);
    expect(usedPeriod(duty, { cycles: 2_000_000, kp: 0.25 }, 'unknown')).toBeCloseTo(96.88, 1);
  });
});

describe('use on record', () => {
  const day = 86_400_000;
  const move = (i: number, load: number | null, features: Record<string, number> = {}) => ({
    startedAt: i,
    lockedAt: i,
    endedAt: i,
    class: 'single40' as const,
    result: 'completed' as const,
    boxes: 1,
    teu: 2,
    load,
    features,
  });

  it('is the Kp example of domain.md as lifts: Kp 0.207', () => {
    const use = freshUse();
    const shares = [
      0.25,
      0.25,
      0.25,
      0.25,
      0.25,
      0.25,
      ...Array<number>(7).fill(0.5),
      ...Array<number>(5).fill(0.7),
      0.9,
      0.9,
    ];
    const n = 100 * shares.length;
    for (let i = 0; i < n; i++)
      recordUse(
        conditionDefaults,
        use,
        // Now quicker, now slower.
        move(1 + ((i * 20) / n + 0.3 * Math.sin((i * 40) / n)) * day, 41 * (shares[i % shares.length] as number)),
        false,
      );
    const { kp, usedPeriod: used, fatigue, years } = useSummary(conditionDefaults, use);
    expect(kp).toBeCloseTo(0.207, 3);
    expect(used).toBeCloseTo((100 * n * 0.207) / 500_000, 2);
    // Each lift is one cycle from nothing to its load.
    const { curve } = conditionDefaults.fatigue;
    const sum = shares.reduce((total, share) => total + 1 / cyclesBorne(curve, 41 * share), 0);
    expect(fatigue / (100 * 100 * sum)).toBeCloseTo(1, 2);
    const pace = (used / 20) * 365.25;
    expect((years?.middle ?? 0) / ((100 - used) / pace)).toBeCloseTo(1, 1);
    expect(years?.low).toBeLessThan(years?.middle as number);
    expect(years?.high).toBeGreaterThan(years?.middle as number);
  });

  it('keeps what is exceptional, counts what was not weighed as the mean, and says nothing of years too early', () => {
    const use = freshUse();
    recordUse(conditionDefaults, use, move(1, 47, { 'landing.peakG': 7 }), true);
    recordUse(conditionDefaults, use, move(day, null), false);
    expect(use.exceptional).toEqual({ overload: 1, snag: 1, hard_landing: 1 });
    expect(use.latest.map(({ kind }) => kind)).toEqual(['snag', 'hard_landing', 'overload']);
    const summary = useSummary(conditionDefaults, use);
    expect(summary.usedPeriod).toBeCloseTo((100 * 2 * (47 / 41) ** 3) / 500_000, 9);
    expect(summary.years).toBeNull();
    expect(fatigueUsed(conditionDefaults, use)).toBeGreaterThan(0);
    for (let i = 0; i < 50; i++) recordUse(conditionDefaults, use, move(day + i, 20), true);
    expect(use.latest).toHaveLength(20);
    expect(use.exceptional.snag).toBe(51);
  });
});
