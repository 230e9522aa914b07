import { describe, expect, it } from '@jest/globals';
import { ageOf, freshnessOf } from './ages';

const now = Date.UTC(2026, 10, 23, 12);

describe('ageOf', () => {
  it.each([
    [0, { unit: 'now', n: 0 }],
    [-4_000, { unit: 'now', n: 0 }],
    [24_000, { unit: 's', n: 24 }],
    [59_999, { unit: 's', n: 59 }],
    [60_000, { unit: 'min', n: 1 }],
    [3_599_000, { unit: 'min', n: 59 }],
    [3_600_000, { unit: 'h', n: 1 }],
    [86_399_000, { unit: 'h', n: 23 }],
    [86_400_000, { unit: 'clock' }],
  ])('%d ms ago', (ago, expected) => expect(ageOf(now - ago, now)).toEqual(expected));
});

describe('freshnessOf', () => {
  it.each([
    [0, 'fresh'],
    [20_000, 'fresh'],
    [20_001, 'stale'],
    [100_000, 'stale'],
    [100_001, 'none'],
  ])('%d ms old at an interval of 10 s', (ago, expected) =>
    expect(freshnessOf(now - ago, now, 10_000)).toBe(expected),
  );

  it('is none when no value ever came', () => expect(freshnessOf(null, now, 10_000)).toBe('none'));
});
