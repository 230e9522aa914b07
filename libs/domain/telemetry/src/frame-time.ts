import { days, minutes, type Duration, type Instant } from '@quaywatch/kernel';

/** Corrected times later than this after receiving are absurd. */
export const futureLimit: Duration = minutes(5);

/** Corrected times older than this are absurd: longer than any device stores (domain.md 5.5: 90 days) and than the log keeps. */
export const pastLimit: Duration = days(100);

/**
 * Why the corrected times of a frame, from `first` to `last`, cannot be true; undefined when they can. Such a frame goes
 * to quarantine, never into figures.
 */
export function timeFault(first: Instant, last: Instant, receivedAt: Instant): string | undefined {
  if (!(last <= receivedAt + futureLimit)) return 'its time lies in the future';
  if (!(first >= receivedAt - pastLimit)) return 'its time lies further back than any device stores';
  return undefined;
}
