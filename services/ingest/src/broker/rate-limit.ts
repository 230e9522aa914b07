/** A bucket of `rate` tokens a second that holds those of two seconds, and one at least. */
export class RateLimit {
  private tokens: number;
  private at: number;

  /** `now` in ms of any steady clock. */
  constructor(
    private rate: number,
    now: number,
  ) {
    this.tokens = this.size;
    this.at = now;
  }

  /** Milliseconds until there is a token; 0 = there is one. */
  wait(now: number): number {
    this.tokens = Math.min(this.size, this.tokens + ((now - this.at) * this.rate) / 1000);
    this.at = now;
    return this.tokens >= 1 ? 0 : Math.ceil(((1 - this.tokens) * 1000) / this.rate);
  }

  /** Takes one token. */
  take(): void {
    this.tokens--;
  }

  /** From now on it is this many tokens a second. */
  change(rate: number): void {
    this.rate = rate;
  }

  private get size(): number {
    return Math.max(1, this.rate * 2);
  }
}
