import { describe, expect, it } from '@jest/globals';
import { noiseOf } from '../../test/scenario';
import { addToDrift, freshDrift, suspicious, type DriftSettings } from './drift-chart';
import { expectation, freshRegression, learnRow } from './regression';
import { addToTail, freshTail, tailLimit } from './tail-limit';

describe('regression', () => {
  const learnt = (rows: number, seed = 1): ReturnType<typeof freshRegression> => {
    const noise = noiseOf(seed);
    const state = freshRegression(2);
    for (let i = 0; i < rows; i++) {
      const x = [noise(), 0.5 * noise()];
      learnRow(state, x, 10 + 2 * (x[0] as number) - 3 * (x[1] as number) + 0.1 * noise(), expectation(state, x, 0.01));
    }
    return state;
  };

  it('finds the line and the noise', () => {
    const state = learnt(400);
    expect(expectation(state, [0, 0], 0).value).toBeCloseTo(10, 1);
    expect(expectation(state, [1, 1], 0).value).toBeCloseTo(9, 1);
    expect(Math.sqrt(state.noise)).toBeGreaterThan(0.08);
    expect(Math.sqrt(state.noise)).toBeLessThan(0.13);
  });

  it('is the least-squares line of textbook data', () => {
    // Anscombe's first set (1973): y = 3.00 + 0.500 x.
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const state = freshRegression(1);
    x.forEach((value, i) => learnRow(state, [value], y[i] as number, expectation(state, [value], 0)));
    expect(expectation(state, [10], 0).value).toBeCloseTo(8, 1);
    expect(expectation(state, [20], 0).value - expectation(state, [10], 0).value).toBeCloseTo(5, 1);
  });

  it('is less sure the farther it is from what it learned', () => {
    const state = learnt(60);
    const sure = [0, 4, 40].map((at) => expectation(state, [at, 0], 0.01).deviation);
    expect(sure[1]).toBeGreaterThan(sure[0] as number);
    expect(sure[2]).toBeGreaterThan(2 * (sure[1] as number));
  });

  it('is not blown up by one wild row', () => {
    const state = learnt(100);
    const before = state.noise;
    learnRow(state, [0, 0], 1000, expectation(state, [0, 0], 0.01));
    expect(state.noise).toBeLessThan(1.2 * before);
  });
});

describe('drift chart', () => {
  const settings: DriftSettings = { weight: 0.1, allowance: 0.5, decision: 5, cut: 6, suspicious: 0.4 };

  it('gives the cumulative sums of the textbook', () => {
    // Montgomery, Introduction to Statistical Quality Control, table 9.1/9.2: mean 10, σ 1, K 0.5; C⁺ and C⁻.
    const x = [9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.2, 10.34];
    const up = [0, 0, 0, 1.16, 2.82, 2.5, 0.04, 1.0, 0, 0];
    const down = [0.05, 1.56, 1.77, 0, 0, 0, 1.46, 0, 0.3, 0];
    const state = freshDrift();
    x.forEach((value, i) => {
      addToDrift(settings, state, value - 10);
      expect(state.up).toBeCloseTo(up[i] as number, 6);
      expect(state.down).toBeCloseTo(down[i] as number, 6);
    });
    expect(state.out).toBe(false);
  });

  it('is suspicious before it is out, ends when the drift does, and bears wild values', () => {
    const state = freshDrift();
    addToDrift(settings, state, 1000);
    expect(state.out).toBe(true);
    for (let i = 0; i < 20; i++) addToDrift(settings, state, 0);
    expect(state).toMatchObject({ out: false, up: 0 });
    addToDrift(settings, state, 3);
    expect([state.out, suspicious(settings, state)]).toEqual([false, true]);
    for (let i = 0; i < 500; i++) addToDrift(settings, state, -2);
    expect(state.out).toBe(true);
    let after = 0;
    while (addToDrift(settings, state, 0).out) after += 1;
    expect(after).toBeLessThan(20);
  });
});

describe('limit of sudden changes', () => {
  const settings = { level: 4, from: 2, probability: 1e-6 };

  it('is the quantile of an exponential tail before data', () => {
    // Prior: a share of 0.06 beyond 2, mean excess 0.45: 2 + 0.45 · ln(0.06 / 1e-6).
    expect(tailLimit(settings, freshTail())).toBeCloseTo(2 + 0.45 * Math.log(60_000), 6);
  });

  it('follows a heavier tail out, and is seldom passed', () => {
    const noise = noiseOf(7);
    const light = freshTail();
    const heavy = freshTail();
    let passed = 0;
    for (let i = 0; i < 20_000; i++) {
      const z = noise();
      addToTail(settings, light, z, true);
      addToTail(settings, heavy, z * (i % 10 === 0 ? 2.5 : 1), true);
      if (light.out || heavy.out) passed += 1;
    }
    expect(tailLimit(settings, heavy)).toBeGreaterThan(1.2 * tailLimit(settings, light));
    expect(passed).toBe(0);
  });

  it('is passed by a jump within the rows of the level, which is not learned', () => {
    const noise = noiseOf(8);
    const state = freshTail();
    for (let i = 0; i < 300; i++) addToTail(settings, state, noise(), true);
    const before = tailLimit(settings, state);
    for (let i = 0; i < 6; i++) addToTail(settings, state, 8 + noise(), true);
    expect(state.out).toBe(true);
    expect(tailLimit(settings, state)).toBeLessThan(1.3 * before);
    for (let i = 0; i < 6; i++) addToTail(settings, state, noise(), true);
    expect(state.out).toBe(false);
  });
});
