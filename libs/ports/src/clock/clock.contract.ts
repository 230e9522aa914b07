import { describe, expect, it } from '@jest/globals';
import type { Duration } from '@quaywatch/kernel';
import type { Clock } from './clock';

/** A clock, and how to let its time pass. */
export interface ClockUnderTest {
  readonly clock: Clock;
  pass(by: Duration): Promise<void>;
}

/** The promises of `Clock`; every implementation has to pass it. Times are short, so that a real clock can. */
export function clockContract(name: string, factory: () => ClockUnderTest): void {
  describe(`clock contract: ${name}`, () => {
    it('goes on', async () => {
      const { clock, pass } = factory();
      const before = clock.now();
      expect(Number.isInteger(before)).toBe(true);
      expect(before).toBeGreaterThan(Date.UTC(2020, 0, 1));
      await pass(20);
      expect(clock.now()).toBeGreaterThanOrEqual(before + 15);
    });

    it('does work once, not before its time, in order', async () => {
      const { clock, pass } = factory();
      const done: string[] = [];
      clock.after(60, () => done.push('late'));
      clock.after(10, () => done.push('early'));
      clock.after(-5, () => done.push('at once'));
      expect(done).toEqual([]);
      await pass(30);
      expect(done).toEqual(['at once', 'early']);
      await pass(80);
      await pass(80);
      expect(done).toEqual(['at once', 'early', 'late']);
    });

    it('does not do what was cancelled', async () => {
      const { clock, pass } = factory();
      let done = 0;
      const cancel = clock.after(10, () => done++);
      cancel();
      cancel();
      await pass(30);
      expect(done).toBe(0);
    });

    it('does not do at once what is far in the future', async () => {
      const { clock, pass } = factory();
      let done = 0;
      const cancel = clock.after(60 * 86_400_000, () => done++);
      await pass(20);
      expect(done).toBe(0);
      cancel();
    });

    it('gives as many random bytes as asked, each time others', () => {
      const { clock } = factory();
      expect(clock.random(0)).toHaveLength(0);
      expect(clock.random(16)).toHaveLength(16);
      expect(clock.random(16)).not.toEqual(clock.random(16));
      const counts = new Array<number>(256).fill(0);
      for (const byte of clock.random(25_600)) counts[byte]!++;
      expect(Math.min(...counts)).toBeGreaterThan(40);
      expect(Math.max(...counts)).toBeLessThan(180);
    });
  });
}
