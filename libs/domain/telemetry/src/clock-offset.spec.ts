import { describe, expect, it } from '@jest/globals';
import { days } from '@quaywatch/kernel';
import { DeviceClock, type FrameTimes } from './clock-offset';
import { futureLimit, pastLimit, timeFault } from './frame-time';

const now = Date.UTC(2026, 10, 1);
const frame = (tsSent: number, more: Partial<FrameTimes> = {}): FrameTimes => ({
  tsDev: tsSent,
  tsSent,
  up: 1000,
  cq: 'RTC',
  ...more,
});
function learned(delays: readonly number[]): DeviceClock {
  const clock = new DeviceClock();
  for (const delay of delays) clock.observe(frame(now - delay), now);
  return clock;
}

describe('clock of a device', () => {
  it('is taken as it is before anything is known, and within 2 s', () => {
    expect(new DeviceClock().offset).toBe(0);
    expect(learned([1900, 300, -1500]).offset).toBe(0);
  });

  it('is corrected by the offset, not by the delay of slow frames', () => {
    const slow = [90_100, 90_050, 97_000, 90_060, 140_000, 90_055, 120_000, 90_070];
    expect(learned(slow).offset).toBeCloseTo(90_055, -1);
  });

  it('forgets what it learned long ago', () => {
    expect(learned([...Array<number>(40).fill(90_000), ...Array<number>(32).fill(0)]).offset).toBe(0);
  });

  it('places a frame from before the clock was set by the time since boot', () => {
    // Boot 1 h ago at "1970"; ten minutes ago the clock was set, since then it is right.
    const clock = new DeviceClock();
    clock.observe(frame(now, { up: 3_600_000, cq: 'NTP' }), now + 40);
    const early = frame(now, { tsDev: 600_000, up: 600_000, cq: 'NONE' });
    expect(early.tsDev + clock.offsetOf(early)).toBe(now + 40 - 3_000_000);
    expect(clock.offsetOf({ ...early, cq: 'NTP' })).toBe(0);
  });

  it('takes no anchor from a frame that waited, or whose clock jumped while it was sent', () => {
    const jumped = frame(now, { tsDev: 5000, up: 5000 });
    const clock = new DeviceClock();
    clock.observe(jumped, now);
    // With an anchor it would be placed by its time since boot.
    expect(clock.offsetOf(frame(now, { tsDev: 0, up: 1000, cq: 'NONE' }))).toBe(0);
  });
});

describe('times of a frame', () => {
  it('are refused when they cannot be true', () => {
    expect(timeFault(now - days(90), now, now)).toBeUndefined();
    expect(timeFault(now, now + futureLimit, now)).toBeUndefined();
    expect(timeFault(now, now + futureLimit + 1, now)).toMatch(/future/);
    expect(timeFault(now - pastLimit - 1, now, now)).toMatch(/back/);
    expect(timeFault(-1e300, 1e300, now)).toMatch(/future/);
    expect(timeFault(Number.NaN, now, now)).toMatch(/back/);
  });
});
