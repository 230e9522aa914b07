import { Fault, type Duration, type Instant } from '@quaywatch/kernel';
import type { Clock } from './clock';

interface Timer {
  readonly at: Instant;
  readonly order: number;
  readonly work: () => void;
}

/** A Clock that stands still until it is advanced; its random bytes are the same on every run for a seed. */
export class FakeClock implements Clock {
  private readonly timers = new Set<Timer>();
  private order = 0;
  private state: number;

  constructor(
    private at: Instant = Date.UTC(2026, 0, 1),
    seed = 1,
  ) {
    this.state = seed >>> 0;
  }

  now(): Instant {
    return this.at;
  }

  after(delay: Duration, work: () => void): () => void {
    const timer = { at: this.at + Math.max(0, delay), order: this.order++, work };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  random(bytes: number): Uint8Array {
    return Uint8Array.from({ length: bytes }, () => this.next() >>> 24);
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.timers.size;
  }

  /**
   * Lets `by` ms pass: does what falls due in order of time, and after each lets promises that were waiting go on.
   * Throws Fault `FAKE_CLOCK_BUSY` when more than 100,000 timers fall due (a timer that sets itself at once).
   */
  async advance(by: Duration): Promise<void> {
    const end = this.at + by;
    for (let fired = 0; ; fired++) {
      const due = this.earliest(end);
      if (!due) break;
      if (fired === 100_000) throw new Fault('FAKE_CLOCK_BUSY', 'more than 100,000 timers fell due in one advance');
      this.timers.delete(due);
      this.at = Math.max(this.at, due.at);
      due.work();
      await settled();
    }
    this.at = end;
    await settled();
  }

  private earliest(end: Instant): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.at > end) continue;
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  }

  /** mulberry32 (Tommy Ettinger, public domain). */
  private next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
