import { describe, expect, it } from '@jest/globals';
import { sureWord } from './sure-word';
import { valueFreshness } from './value-freshness';

const now = 1_000_000_000;
const min = 60_000;

describe('valueFreshness', () => {
  it.each([
    ['1', 1 * min, 0, 'fresh'],
    ['1', 3 * min, 0, 'stale'],
    ['1', 11 * min, 0, 'none'],
    ['H', 90 * min, 0, 'fresh'],
    ['E', 900 * min, 1 * min, 'fresh'],
    ['E', 900 * min, 3 * min, 'stale'],
    ['M', 1 * min, 11 * min, 'none'],
    [undefined, 11 * min, 0, 'none'],
  ] as const)('rate %s, %d ms old, unit heard %d ms ago: %s', (rate, age, seen, expected) => {
    expect(valueFreshness(rate, now - age, now - seen, now)).toBe(expected);
  });

  it('knows nothing of a unit that was never heard', () => expect(valueFreshness('E', now, null, now)).toBe('none'));
});

describe('sureWord', () => {
  it.each([
    [0.8, 'high'],
    [0.79, 'medium'],
    [0.5, 'medium'],
    [0.49, 'low'],
  ])('%d', (confidence, word) => expect(sureWord(confidence)).toBe(word));
});
