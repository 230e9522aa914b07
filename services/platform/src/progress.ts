/** Lines for the person who waits: what is being done, then how long it took. Goes to stderr; data go to stdout. */
export class Progress {
  private readonly startedAt = performance.now();

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

  /** How far a step has come, on one line that is written over; only where a person looks. */
  part(done: number, of: number): void {
    if (!(this.out as NodeJS.WriteStream).isTTY || of === 0) return;
    const seconds = this.elapsed;
    const left = done > 0 ? (seconds / done) * (of - done) : 0;
    this.out.write(
      `\r    ${Math.floor((100 * done) / of)} %, ${Math.round(done / seconds)}/s, ${left.toFixed(0)} s left   \r`,
    );
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
