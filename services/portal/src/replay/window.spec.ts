import { describe, expect, it } from '@jest/globals';
import { moved, windowOf, zoomed } from './window';

const now = Date.UTC(2026, 10, 23, 12);
const min = 60_000;
const iso = (at: number): string => new Date(at).toISOString();

describe('the window of a replay', () => {
  it('is what the address says, a day at most and a minute at least', () => {
    expect(windowOf({ from: iso(now - 5 * min), to: iso(now) }, undefined, now)).toEqual({
      from: now - 5 * min,
      to: now,
    });
    const week = windowOf({ from: iso(now - 7 * 1440 * min), to: iso(now) }, undefined, now);
    expect(week.to - week.from).toBe(1440 * min);
    const blink = windowOf({ from: iso(now - 10), to: iso(now) }, undefined, now);
    expect(blink.to - blink.from).toBe(min);
    expect(windowOf({ from: iso(now) }, undefined, now)).toEqual({ from: now, to: now + 30 * min });
  });

  it('is around the case, never in the future, else the last half hour', () => {
    expect(windowOf({}, now - 60 * min, now)).toEqual({ from: now - 75 * min, to: now - 45 * min });
    expect(windowOf({}, now, now)).toEqual({ from: now - 30 * min, to: now });
    expect(windowOf({ from: 'nonsense', to: iso(now) }, undefined, now)).toEqual({ from: now - 30 * min, to: now });
  });

  it('moves and zooms about a time', () => {
    const window = { from: now, to: now + 60 * min };
    expect(moved(window, -0.5)).toEqual({ from: now - 30 * min, to: now + 30 * min });
    expect(zoomed(window, 0.5, now + 45 * min)).toEqual({ from: now + 22.5 * min, to: now + 52.5 * min });
    expect(zoomed({ from: now, to: now + min }, 0.5, now)).toEqual({ from: now, to: now + min });
  });
});
