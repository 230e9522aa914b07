/** Lines for the person who waits: what is being done, then how long it took. Goes to stderr; data go to stdout. */
export class Progress {
  private readonly startedAt = performance.now();
  private began: { readonly at: number; readonly done: number } | undefined;

  constructor(private readonly out: NodeJS.WritableStream = process.stderr) {}

  /** Runs one step and says so; a failed step is named before the error goes on. */
  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    const from = performance.now();
    try {
      const result = await work();
      this.out.write(`  ✓ ${title} (${((performance.now() - from) / 1000).toFixed(1)} s)\n`);
      return result;
    } catch (error) {
      this.out.write(`  ✗ ${title}\n`);
      throw error;
    }
  }

  /** How far a step has come, with rate and remaining time, on one line that is written over; only where a person looks. */
  part(done: number, of: number): void {
    if (!(this.out as NodeJS.WriteStream).isTTY || of === 0) return;
    this.began ??= { at: performance.now(), done };
    const seconds = Math.max(0.001, (performance.now() - this.began.at) / 1000);
    // The rate since this run began: what an earlier one had done counts for the share only.
    const rate = (done - this.began.done) / seconds;
    const left = rate > 0 ? `${Math.ceil((of - done) / rate)} s left` : '';
    const bar = '█'.repeat(Math.floor((20 * done) / of)).padEnd(20, '░');
    this.out.write(`\r    ${bar} ${Math.floor((100 * done) / of)} %, ${Math.round(rate)}/s, ${left}      \r`);
  }

  /** One line for the person. */
  say(line: string): void {
    this.out.write(`${line}\n`);
  }

  /** Seconds since the start. */
  get elapsed(): number {
    return (performance.now() - this.startedAt) / 1000;
  }
}
