import { describe, expect, it } from '@jest/globals';
import { fromZonedInput, toZonedInput } from './zoned-input';

describe('a field for a time of a terminal', () => {
  it.each(['Europe/Stockholm', 'America/Santiago', 'America/New_York', 'UTC', 'Asia/Kolkata'])(
    '%s: reads what it writes, all through the year',
    (zone) => {
      for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 37 * 3_600_000) {
        expect(fromZonedInput(toZonedInput(at, zone), zone)).toBe(at);
      }
    },
  );

  it('speaks terminal time', () => {
    expect(toZonedInput(Date.UTC(2026, 10, 17, 5, 12, 9), 'Europe/Stockholm')).toBe('2026-11-17T06:12');
    expect(fromZonedInput('2026-07-01T08:00', 'America/New_York')).toBe(Date.UTC(2026, 6, 1, 12));
  });

  it('takes the hour after for a time that does not exist, and nothing for no time', () => {
    expect(fromZonedInput('2026-03-29T02:30', 'Europe/Stockholm')).toBe(Date.UTC(2026, 2, 29, 1, 30));
    expect(fromZonedInput('', 'UTC')).toBeUndefined();
    expect(fromZonedInput('soon', 'UTC')).toBeUndefined();
  });
});
