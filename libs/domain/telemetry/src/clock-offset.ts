import { minutes, seconds, type Duration, type Instant } from '@quaywatch/kernel';

/** Estimate of one device clock for one boot: the smallest delay seen stands for the true offset. */
export interface ClockEstimate {
  /** Smallest (received − sent) of the last `window` online frames, ms; undefined before the first. */
  readonly delays: readonly number[];
}

const window = 32;
const tolerated: Duration = seconds(2);

/** No estimate yet. */
export const noEstimate: ClockEstimate = { delays: [] };

/** Takes in an online frame: when it was sent by the device's clock and received by ours, ms. */
export function observeClock(estimate: ClockEstimate, sentAt: Instant, receivedAt: Instant): ClockEstimate {
  return { delays: [...estimate.delays, receivedAt - sentAt].slice(-window) };
}

/**
 * What to add to device times, ms: the median of the lower half of the delays (network delay only ever adds), or 0
 * while the clock is within 2 s (domain.md 5.6). The original time is kept by storing this offset beside it.
 */
export function clockOffset(estimate: ClockEstimate): number {
  if (estimate.delays.length === 0) return 0;
  const sorted = [...estimate.delays].sort((a, b) => a - b);
  const offset = sorted[Math.floor((sorted.length - 1) / 4)] ?? 0;
  return Math.abs(offset) > tolerated ? offset : 0;
}

/** Corrected times later than this after receiving are absurd: such a frame goes to quarantine, never into figures. */
export const futureLimit: Duration = minutes(5);
