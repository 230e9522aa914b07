import { describe, expect, it } from '@jest/globals';
import type { Series } from '../api/queries';
import { limitsOf, summarise } from './chart-summary';

const series = (over: Partial<Series> = {}): Series => ({
  signal: 'tl[1].lockTime',
  unit: 'ms',
  raw_points: 40,
  t: [0, 10, 20, 30],
  min: [1300, null, 1400, 2000],
  max: [1500, null, 1600, 2600],
  mean: [1400, null, 1500, 2300],
  count: [10, 0, 10, 20],
  limits: [{ level: 'plan', above: 2000 }],
  ...over,
});

describe('summarise', () => {
  it('weighs the mean by samples and leaves gaps out', () => {
    const data = series();
    expect(summarise(data, limitsOf(data, null))).toEqual({
      points: 3,
      mean: (1400 * 10 + 1500 * 10 + 2300 * 20) / 40,
      lowest: 1300,
      lowestAt: 0,
      highest: 2600,
      highestAt: 30,
      over: { limit: { level: 'plan', value: 2000, side: 'above' }, n: 1, of: 3 },
    });
  });

  it('counts the low side of a lower limit', () => {
    const data = series({ limits: [{ level: 'plan', below: 1350 }] });
    expect(summarise(data, limitsOf(data, null))?.over?.n).toBe(1);
  });

  it('says nothing about nothing', () => {
    expect(summarise(series({ t: [0], min: [null], max: [null], mean: [null], count: [0] }))).toBeNull();
    expect(summarise(series({ t: [], min: [], max: [], mean: [], count: [] }))).toBeNull();
  });
});

describe('limitsOf', () => {
  it('adds the limit that was passed, once', () => {
    const passed = { value: 1703, level: 'watch', side: 'above' } as const;
    expect(limitsOf(series(), passed).map(({ value }) => value)).toEqual([1703, 2000]);
    expect(limitsOf(series(), { ...passed, value: 2001 }).map(({ value }) => value)).toEqual([2000]);
  });
});
