import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Counts failures of a caller within a window; whoever has too many must wait. */
export class TryLimit {
  private readonly limiter: RateLimiterMemory;

  constructor(points: number, windowSeconds: number) {
    this.limiter = new RateLimiterMemory({ points, duration: windowSeconds });
  }

  /** Seconds to wait before the next try; 0 = none. */
  async waitOf(key: string): Promise<number> {
    const state = await this.limiter.get(key);
    return state && state.remainingPoints <= 0 ? Math.ceil(state.msBeforeNext / 1000) : 0;
  }

  /** Counts a try; false when it was one too many. */
  async count(key: string): Promise<boolean> {
    try {
      await this.limiter.consume(key);
      return true;
    } catch (error) {
      if (error instanceof RateLimiterRes) return false;
      throw error;
    }
  }
}
