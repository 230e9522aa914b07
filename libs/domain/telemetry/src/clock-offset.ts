import type { NativeFrame } from '@quaywatch/contracts';
import { minutes, seconds, type Duration, type Instant } from '@quaywatch/kernel';

/** The times that a frame carries. */
export interface FrameTimes {
  /** Device time of the body. */
  readonly tsDev: Instant;
  /** Device time of sending. */
  readonly tsSent: Instant;
  /** Time since boot at `tsDev`, from a clock that never jumps. */
  readonly up: Duration;
  readonly cq: NativeFrame['cq'];
}

const kept = 32;
const tolerated: Duration = seconds(2);
const freshFor: Duration = minutes(1);

/** What was learned of one device clock within one boot. Changes in place: it learns from every frame of every device. */
export class DeviceClock {
  /** Received − sent of the last frames that were sent as they were made, in a ring, ms. */
  private readonly delays: number[] = [];
  private next = 0;
  /** How many of them are more than is tolerated. */
  private beyond = 0;
  /** A moment known by both clocks: ours, and the device's time since boot, ms; undefined before the first frame. */
  private anchor: { at: Instant; up: Duration } | undefined;

  /** Takes in the times of a frame that was not stored on the device, and when we received it. */
  observe(frame: FrameTimes, receivedAt: Instant): void {
    const age = frame.tsSent - frame.tsDev;
    if (age >= 0 && age <= freshFor) {
      this.anchor ??= { at: 0, up: 0 };
      this.anchor.at = receivedAt;
      this.anchor.up = frame.up + age;
    }
    const { delays, next } = this;
    const delay = receivedAt - frame.tsSent;
    if (next < delays.length && isBeyond(delays[next] as number)) this.beyond--;
    if (isBeyond(delay)) this.beyond++;
    delays[next] = delay;
    this.next = (next + 1) % kept;
  }

  /**
   * What to add to device times, ms: the median of the lower half of the delays (the network only ever adds to them), or
   * 0 while the clock is within 2 s (domain.md 5.6). The original time is kept by storing this offset beside it.
   */
  get offset(): number {
    // No delay beyond what is tolerated, the usual case: nor is any value among them.
    if (this.beyond === 0) return 0;
    const sorted = [...this.delays].sort((a, b) => a - b);
    const offset = sorted[Math.floor((sorted.length - 1) / 4)] ?? 0;
    return Math.abs(offset) > tolerated ? offset : 0;
  }

  /**
   * What to add to the times of this frame, ms. A frame made before the device's clock was set (`NONE`) is placed by the
   * time since boot, since the clock may have jumped between its making and its sending; any other by `offset`.
   */
  offsetOf(frame: FrameTimes): number {
    if (frame.cq !== 'NONE' || this.anchor === undefined) return this.offset;
    const at = this.anchor.at - (this.anchor.up - frame.up);
    const offset = at - frame.tsDev;
    return Math.abs(offset) > tolerated ? offset : 0;
  }
}

const isBeyond = (delay: number): boolean => !(Math.abs(delay) <= tolerated);
