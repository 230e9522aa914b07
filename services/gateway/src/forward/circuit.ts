import type { Duration, Instant } from '@quaywatch/kernel';

/** When a service counts as gone, and how long it is left alone then. */
export interface CircuitLimits {
  /** Failures one after the other. */
  readonly failures: number;
  readonly rest: Duration;
}

/**
 * Circuit breaker of one service: after some failures in a row calls are refused at once, so that callers do not queue
 * up behind time-outs; after a rest one call is let through, and its outcome decides. Pure but for its own state.
 */
export class Circuit {
  private failures = 0;
  private openedAt: Instant | undefined;
  private trying = false;

  constructor(private readonly limits: CircuitLimits) {}

  /** Whether a call may be made now; who gets true must tell how it ended. */
  admit(now: Instant): boolean {
    if (this.openedAt === undefined) return true;
    if (this.trying || now - this.openedAt < this.limits.rest) return false;
    this.trying = true;
    return true;
  }

  /** The service answered, whatever it said. */
  answered(): void {
    this.failures = 0;
    this.openedAt = undefined;
    this.trying = false;
  }

  /** It could not be reached or did not answer in time. */
  failed(now: Instant): void {
    this.trying = false;
    this.failures++;
    if (this.failures >= this.limits.failures) this.openedAt = now;
  }

  /** The caller went away: nothing is known of the service. */
  dropped(): void {
    this.trying = false;
  }
}
