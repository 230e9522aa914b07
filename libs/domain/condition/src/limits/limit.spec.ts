import { describe, expect, it } from '@jest/globals';
import type { LimitSpec } from '../settings';
import { advanceLimit, deviation, freshLimit, limitValue, severity, type LimitState } from './limit';

const spec: LimitSpec = {
  measure: 'ratio',
  side: 'above',
  watch: 0.2,
  plan: 0.4,
  actNow: 0.8,
  hysteresis: 0.05,
  onAfter: { count: 3 },
  offAfter: { count: 2 },
};

const feed = (limit: LimitSpec, values: readonly number[], every = 1): LimitState => {
  const state = freshLimit();
  values.forEach((value, i) => advanceLimit(limit, state, value, i * every));
  return state;
};

describe('a limit', () => {
  it('settles only after the on-delay, to the lowest step of the run', () => {
    expect(feed(spec, [0.3, 0.3]).step).toBe(0);
    expect(feed(spec, [0.3, 0.9, 0.9]).step).toBe(1);
    expect(feed(spec, [0.9, 0.9, 0.9]).step).toBe(3);
    expect(feed(spec, [0.9, 0.9, 0.1, 0.9, 0.9]).step).toBe(0);
  });

  it('remembers when it left normal, not when the delay was over', () => {
    expect(feed(spec, [0.1, 0.3, 0.3, 0.3]).since).toBe(1);
  });

  it('holds its step within the hysteresis and lets go after the off-delay', () => {
    const on = [0.3, 0.3, 0.3];
    expect(feed(spec, [...on, 0.16, 0.16, 0.16]).step).toBe(1);
    expect(feed(spec, [...on, 0.1]).step).toBe(1);
    expect(feed(spec, [...on, 0.1, 0.1])).toEqual({ step: 0 });
  });

  it('can delay by time as well as by number', () => {
    const timed = { ...spec, onAfter: { count: 2, ms: 60_000 } };
    expect(feed(timed, [0.3, 0.3, 0.3], 10_000).step).toBe(0);
    expect(feed(timed, [0.3, 0.3, 0.3], 30_000).step).toBe(1);
  });

  it('leaves everything as it is without a baseline', () => {
    expect(deviation(spec, 1500, null)).toBeNaN();
    expect(feed(spec, [Number.NaN, Number.NaN, Number.NaN])).toEqual({ step: 0 });
    expect(limitValue(spec, 1, 1500, null)).toBeNull();
  });

  it('measures below and both sides', () => {
    expect(deviation({ ...spec, side: 'below' }, 90, 100)).toBeCloseTo(0.1);
    expect(deviation({ ...spec, measure: 'offset', side: 'both' }, -0.4, 0.1)).toBeCloseTo(0.5);
    const level: LimitSpec = {
      ...spec,
      measure: 'value',
      side: 'below',
      watch: 50,
      plan: 42,
      actNow: 35,
      hysteresis: 2,
    };
    expect(feed(level, [48, 48, 48]).step).toBe(1);
    expect(feed(level, [30, 30, 30]).step).toBe(3);
    expect(feed(level, [60, 60, 60]).step).toBe(0);
    expect(feed(level, [48, 48, 48, 51, 51, 51]).step).toBe(1);
    expect(feed(level, [48, 48, 48, 53, 53]).step).toBe(0);
    expect([60, 50, 42, 35, 20].map((value) => Math.round(severity(level, value) * 10) / 10)).toEqual([0, 1, 2, 3, 4]);
  });

  it('has a severity that is linear between its steps', () => {
    expect([0, 0.1, 0.2, 0.3, 0.4, 0.8, 9].map((value) => Math.round(severity(spec, value) * 100) / 100)).toEqual([
      0, 0.5, 1, 1.5, 2, 3, 4,
    ]);
  });
});
