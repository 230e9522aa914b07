import type { NativeFrame } from '@quaywatch/contracts';
import { minutes, seconds, type Duration, type Instant } from '@quaywatch/kernel';

/** What was learned of one device clock within one boot. */
export interface ClockEstimate {
  /** Received − sent of the last frames that were sent as they were made, oldest first, ms. */
  readonly delays: readonly number[];
  /** A moment known by both clocks: ours, and the device's time since boot, ms; undefined before the first frame. */
  readonly anchor: { readonly at: Instant; readonly up: Duration } | undefined;
}

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

/** No estimate yet. */
export const noEstimate: ClockEstimate = { delays: [], anchor: undefined };

/** Takes in the times of a frame that was not stored on the device, and when we received it. */
export function observeClock(estimate: ClockEstimate, frame: FrameTimes, receivedAt: Instant): ClockEstimate {
  const age = frame.tsSent - frame.tsDev;
  const anchor = age >= 0 && age <= freshFor ? { at: receivedAt, up: frame.up + age } : estimate.anchor;
  return { delays: [...estimate.delays, receivedAt - frame.tsSent].slice(-kept), anchor };
}

/**
 * What to add to device times, ms: the median of the lower half of the delays (the network only ever adds to them), or
 * 0 while the clock is within 2 s (domain.md 5.6). The original time is kept by storing this offset beside it.
 */
export function clockOffset(estimate: ClockEstimate): number {
  // No delay beyond what is tolerated, the usual case: nor is any value among them.
  if (estimate.delays.every((delay) => Math.abs(delay) <= tolerated)) return 0;
  const sorted = [...estimate.delays].sort((a, b) => a - b);
  const offset = sorted[Math.floor((sorted.length - 1) / 4)] ?? 0;
  return Math.abs(offset) > tolerated ? offset : 0;
}

/**
 * What to add to the times of this frame, ms. A frame made before the device's clock was set (`NONE`) is placed by the
 * time since boot, since the clock may have jumped between its making and its sending; any other by `clockOffset`.
 */
export function frameOffset(estimate: ClockEstimate, frame: FrameTimes): number {
  if (frame.cq !== 'NONE' || estimate.anchor === undefined) return clockOffset(estimate);
  const at = estimate.anchor.at - (estimate.anchor.up - frame.up);
  const offset = at - frame.tsDev;
  return Math.abs(offset) > tolerated ? offset : 0;
}
