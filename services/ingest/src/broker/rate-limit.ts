/** A bucket of `rate` tokens a second that holds those of two seconds. */
export class RateLimit {
  private tokens: number;
  private at: number;

  /** `now` in ms of any steady clock. */
  constructor(
    private readonly rate: number,
    now: number,
  ) {
    this.tokens = rate * 2;
    this.at = now;
  }

  /** Milliseconds until there is a token; 0 = there is one. */
  wait(now: number): number {
    this.tokens = Math.min(this.rate * 2, this.tokens + ((now - this.at) * this.rate) / 1000);
    this.at = now;
    return this.tokens >= 1 ? 0 : Math.ceil(((1 - this.tokens) * 1000) / this.rate);
  }

  /** Takes one token. */
  take(): void {
    this.tokens--;
  }
}
