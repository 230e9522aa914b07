import { describe, expect, it } from '@jest/globals';
import type { WindowSpec } from '../settings';
import { addToWindow, freshWindow, type WindowValue } from './window';

const fill = (spec: WindowSpec, value: (hour: number) => number, hours: number): WindowValue[] => {
  const state = freshWindow();
  const out: WindowValue[] = [];
  for (let i = 0; i < hours * 6; i++) addToWindow(spec, state, i * 600_000, value(i / 6), out);
  return out;
};
const spec: WindowSpec = { feature: 'f', signal: 's', length: 3_600_000, minSamples: 5 };

describe('a window', () => {
  it('gives its mean when the next one opens, at its end', () => {
    expect(fill(spec, () => 7, 3)).toEqual([
      { feature: 'f', at: 3_600_000, value: 7 },
      { feature: 'f', at: 7_200_000, value: 7 },
    ]);
  });

  it('gives nothing with too few samples, and takes nothing late', () => {
    const state = freshWindow();
    const out: WindowValue[] = [];
    for (const at of [0, 1, 2, 3_600_000, 5]) addToWindow(spec, state, at, 1, out);
    expect(out).toEqual([]);
    expect(state.n).toBe(1);
  });

  it('gives the slope per day once there is enough', () => {
    const slopes = fill(
      { ...spec, slope: { feature: 'g', over: 24, atLeast: 18 } },
      (hour) => 80 - hour / 4,
      30,
    ).filter(({ feature }) => feature === 'g');
    expect(slopes).toHaveLength(30 - 1 - 17);
    for (const { value } of slopes) expect(value).toBeCloseTo(-6, 4);
  });

  it('gives the peak of the last windows: work that pauses does not matter', () => {
    const peaks = fill({ ...spec, peak: { over: 12, atLeast: 10 } }, (hour) => (hour % 24 < 14 ? 30 : 5), 72);
    expect(new Set(peaks.map(({ value }) => value))).toEqual(new Set([30]));
  });
});
