import { describe, expect, it } from '@jest/globals';
import { timeWords } from './format-time';

describe('timeWords', () => {
  const at = Date.UTC(2026, 10, 17, 5, 12, 9);

  it('speaks terminal time on a 24-hour clock', () => {
    const words = timeWords('Europe/Stockholm');
    expect(words.clock(at)).toBe('06:12');
    expect(words.dateTime(at)).toBe('17 Nov, 06:12');
    expect(words.plain(at)).toBe('2026-11-17 06:12:09');
  });

  it('names the year when it is another one', () => {
    expect(timeWords('UTC').dateTime(at, Date.UTC(2027, 0, 2))).toBe('17 Nov 2026, 05:12');
  });

  it('follows summer time at Valparaíso and Savannah', () => {
    expect(timeWords('America/Santiago').clock(at)).toBe('02:12');
    expect(timeWords('America/New_York').clock(at)).toBe('00:12');
    expect(timeWords('America/New_York').clock(Date.UTC(2026, 6, 1, 12))).toBe('08:00');
  });

  it('takes UTC for a zone nobody knows', () => expect(timeWords('Mars/Olympus').timeZone).toBe('UTC'));
});
