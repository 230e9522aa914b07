import { chiSquareQuantile } from './chi-square';

/** A mean between failures with its two-sided band. */
export interface BetweenFailures {
  /** Exposure divided by failures; null without failures. */
  readonly value: number | null;
  /** Lower end of the band: without failures all that can be said ("more than"). Null without exposure. */
  readonly low: number | null;
  /** Upper end of the band; null without failures. */
  readonly high: number | null;
}

/**
 * Mean exposure (moves, hours) between failures and the two-sided 90 % band for a constant failure rate:
 * 2M / chi²(0.95, 2n + 2) to 2M / chi²(0.05, 2n) (MIL-HDBK-781A, time-terminated test). Never infinite.
 */
export function betweenFailures(exposure: number, failures: number, confidence = 0.9): BetweenFailures {
  if (exposure <= 0) return { value: null, low: null, high: null };
  const tail = (1 - confidence) / 2;
  return {
    value: failures === 0 ? null : exposure / failures,
    low: (2 * exposure) / chiSquareQuantile(1 - tail, 2 * failures + 2),
    high: failures === 0 ? null : (2 * exposure) / chiSquareQuantile(tail, 2 * failures),
  };
}
