import { describe, expect, it } from '@jest/globals';
import { pairStrictness, addressStrictness, fail, forgetAfter, type Attempts } from './delay';

const delays = (count: number, strictness = pairStrictness): number[] => {
  let attempts: Attempts | undefined;
  return Array.from({ length: count }, (_, i) => {
    attempts = fail(attempts, strictness, i);
    return attempts.blockedUntil - i;
  });
};

describe('delay after failed sign-ins', () => {
  it('is nothing for a few mistakes, then doubles, and never passes the longest', () => {
    expect(delays(9)).toEqual([0, 0, 0, 0, 2000, 4000, 8000, 16_000, 32_000]);
    expect(delays(200).at(-1)).toBe(pairStrictness.longest);
    expect(delays(20, addressStrictness).every((delay) => delay === 0)).toBe(true);
    expect(delays(500, addressStrictness).at(-1)).toBe(addressStrictness.longest);
  });

  it('forgets after a while without failures, not before', () => {
    const old: Attempts = { failures: 50, lastAt: 0, blockedUntil: 0 };
    expect(fail(old, pairStrictness, forgetAfter - 1).failures).toBe(51);
    expect(fail(old, pairStrictness, forgetAfter)).toEqual({
      failures: 1,
      lastAt: forgetAfter,
      blockedUntil: forgetAfter,
    });
  });
});
