import { describe, expect, it } from '@jest/globals';
import { days, hours } from '@quaywatch/kernel';
import { keySchedule, scheduleKeys, type DatedKey } from './key-schedule';

const schedule = keySchedule(days(30));
const key = (kid: string, madeAt: number): DatedKey => ({ key: { kty: 'EC', kid }, madeAt });
const names = (keys: readonly DatedKey[], now: number): (string | undefined)[] =>
  scheduleKeys(keys, now, schedule).map((one) => (one ? one.key.kid : 'new'));

describe('schedule of signing keys', () => {
  const a = key('a', days(100));

  it('makes a first key, which signs at once', () => {
    expect(names([], days(100))).toEqual(['new']);
    expect(names([a], days(100))).toEqual(['a']);
  });

  it('announces the next key a day before it signs, and keeps the old one a day after', () => {
    expect(names([a], days(129))).toEqual(['a']);
    expect(names([a], days(130))).toEqual(['a', 'new']);
    const b = key('b', days(130));
    expect(names([a, b], days(130) + hours(23))).toEqual(['a', 'b']);
    expect(names([a, b], days(131))).toEqual(['b', 'a']);
    expect(names([a, b], days(131) + hours(23))).toEqual(['b', 'a']);
    expect(names([a, b], days(132))).toEqual(['b']);
  });

  it('rotates a key of which nobody knows when it was made', () => {
    expect(names([key('old', 0)], days(20_000))).toEqual(['old', 'new']);
  });

  it('never leaves a moment without a key that everybody has, in a year of hourly looks', () => {
    let keys: readonly DatedKey[] = [a];
    const known = new Map<string, number>([['a', days(100)]]);
    let signers = new Set<string>();
    let n = 0;
    for (let now = days(100); now < days(465); now += hours(1)) {
      keys = scheduleKeys(keys, now, schedule).map((one) => one ?? key(`k${++n}`, now));
      const kid = keys[0]?.key.kid ?? '';
      for (const { key: one } of keys) if (!known.has(one.kid ?? '')) known.set(one.kid ?? '', now);
      if (kid !== 'a') expect(now - (known.get(kid) ?? now)).toBeGreaterThanOrEqual(days(1));
      signers = signers.add(kid);
      expect(keys.length).toBeLessThanOrEqual(2);
    }
    expect(signers.size).toBeGreaterThanOrEqual(12);
  });
});
