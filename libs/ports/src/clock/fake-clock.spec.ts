import { describe, expect, it } from '@jest/globals';
import { clockContract } from './clock.contract';
import { FakeClock } from './fake-clock';

clockContract('fake', () => {
  const clock = new FakeClock();
  return { clock, pass: (by) => clock.advance(by) };
});

describe('FakeClock', () => {
  it('does work that falls due while it advances, at its time', async () => {
    const clock = new FakeClock(1000);
    const seen: number[] = [];
    const every = (): void => {
      seen.push(clock.now());
      clock.after(10, every);
    };
    clock.after(10, every);
    await clock.advance(35);
    expect(seen).toEqual([1010, 1020, 1030]);
    expect(clock.now()).toBe(1035);
    expect(clock.waiting).toBe(1);
  });

  it('lets promises go on between two timers', async () => {
    const clock = new FakeClock(0);
    const seen: number[] = [];
    const sleep = (by: number): Promise<void> => new Promise((resolve) => clock.after(by, resolve));
    const work = (async () => {
      for (let i = 0; i < 3; i++) {
        await sleep(100);
        seen.push(clock.now());
      }
    })();
    await clock.advance(300);
    await work;
    expect(seen).toEqual([100, 200, 300]);
  });

  it('has the same random bytes for the same seed', () => {
    expect(new FakeClock(0, 7).random(32)).toEqual(new FakeClock(0, 7).random(32));
    expect(new FakeClock(0, 7).random(32)).not.toEqual(new FakeClock(0, 8).random(32));
  });

  it('does not hang on a timer that sets itself at once', async () => {
    const clock = new FakeClock();
    const again = (): void => void clock.after(0, again);
    again();
    await expect(clock.advance(1)).rejects.toMatchObject({ code: 'FAKE_CLOCK_BUSY' });
  });
});
