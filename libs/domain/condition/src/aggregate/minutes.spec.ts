import { describe, expect, it } from '@jest/globals';
import { addMinutes, type MinuteRow } from './minutes';

describe('minute rows', () => {
  const samples = Array.from({ length: 120 }, (_, i) => ({ signal: 'hyd.press', at: i * 1000, value: 100 + i / 7 }));

  it('have count, smallest, largest and the exact sum', () => {
    const rows = new Map<string, MinuteRow>();
    addMinutes(rows, 'live', samples);
    const [first, second] = [...rows.values()];
    expect(first).toMatchObject({ minute: 0, count: 60, min: 100, max: 100 + 59 / 7 });
    expect(second).toMatchObject({ minute: 60_000, count: 60 });
    expect(Number.isSafeInteger(first?.sumMicro)).toBe(true);
  });

  it('add up the same however the samples are grouped', () => {
    const sums = [1, 7, 60].map((size) => {
      let total = 0;
      for (let i = 0; i < samples.length; i += size) {
        const part = new Map<string, MinuteRow>();
        addMinutes(part, 'live', samples.slice(i, i + size));
        for (const row of part.values()) total += row.sumMicro;
      }
      return total;
    });
    expect(new Set(sums).size).toBe(1);
  });

  it('leave out states, missing values and what belongs to moves', () => {
    const rows = new Map<string, MinuteRow>();
    addMinutes(rows, 'event', [
      { signal: 'landed', at: 0, value: true },
      { signal: 'tele.time', at: 0, value: 27 },
      { signal: 'hyd.pumpDuty', at: 0, value: 45 },
      { signal: 'can.err', at: 0, value: null },
    ]);
    expect([...rows.values()].map(({ signal }) => signal)).toEqual(['hyd.pumpDuty']);
  });
});
