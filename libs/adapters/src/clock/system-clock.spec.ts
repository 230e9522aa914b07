import { describe, expect, it } from '@jest/globals';
import { clockContract } from '@quaywatch/ports/testing';
import { systemClock } from './system-clock';

clockContract('system', () => ({
  clock: systemClock,
  pass: (by) => new Promise((resolve) => setTimeout(resolve, by)),
}));

describe('random bytes of the system clock', () => {
  it('are never given twice, and are a copy of their own, also where the store is filled again', () => {
    const drawn = Array.from({ length: 2000 }, () => systemClock.random(10));
    expect(new Set(drawn.map(String)).size).toBe(2000);
    expect(new Set(drawn.map(({ buffer }) => buffer)).size).toBe(2000);
    expect(systemClock.random(4097)).toHaveLength(4097);
    // None of it is what was wiped after it was given.
    expect(drawn.some((bytes) => bytes.every((byte) => byte === 0))).toBe(false);
  });
});
