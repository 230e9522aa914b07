/** Most separate runs of numbers that one window keeps; a device with more holes than this in one stream is not sane. */
export const maxRuns = 4096;

/**
 * Which sequence numbers of one stream (BTU, boot, stream class) are in the log, as runs of consecutive numbers. It is
 * exact however far apart the numbers are: a backlog of days that comes after newer frames is not taken for old news,
 * and one absurdly high number does not swallow what follows. Beyond `maxRuns` runs the lowest is forgotten, so that in
 * the worst case a frame is stored twice, never lost.
 */
export class SequenceWindow {
  /** First and last number of each run, rising: from0, to0, from1, to1 … */
  private constructor(private readonly edges: number[]) {}

  /** A window that has seen nothing. */
  static empty(): SequenceWindow {
    return new SequenceWindow([]);
  }

  /** The window that `toText` wrote; throws RangeError when the text is not one. */
  static fromText(text: string): SequenceWindow {
    const edges: number[] = [];
    for (const run of text === '' ? [] : text.split(',')) {
      const [from, to = from] = run.split('-').map((part) => Number.parseInt(part, 36));
      const last = edges.at(-1) ?? -1;
      if (!/^[0-9a-z]+(-[0-9a-z]+)?$/.test(run) || !(Number(from) > last) || !(Number(to) >= Number(from)))
        throw new RangeError('not a sequence window');
      edges.push(Number(from), Number(to));
    }
    return new SequenceWindow(edges);
  }

  /** Highest number seen; 0 = none. */
  get high(): number {
    return this.edges.at(-1) ?? 0;
  }

  /** True when `seq` was seen. */
  has(seq: number): boolean {
    const run = this.runFrom(seq);
    return seq >= (this.edges[run] ?? Infinity);
  }

  /** Marks `seq` as seen; false when it was already. */
  add(seq: number): boolean {
    const { edges } = this;
    const run = this.runFrom(seq);
    if (seq >= (edges[run] ?? Infinity)) return false;
    const touchesLower = run > 0 && edges[run - 1] === seq - 1;
    const touchesUpper = edges[run] === seq + 1;
    if (touchesLower && touchesUpper) edges.splice(run - 1, 2);
    else if (touchesLower) edges[run - 1] = seq;
    else if (touchesUpper) edges[run] = seq;
    else edges.splice(run, 0, seq, seq);
    if (edges.length > 2 * maxRuns) edges.splice(0, 2);
    return true;
  }

  /** How many numbers from 1 to the highest were never seen. */
  missing(): number {
    let seen = 0;
    for (let i = 0; i < this.edges.length; i += 2) seen += (this.edges[i + 1] ?? 0) - (this.edges[i] ?? 0) + 1;
    return this.high - seen;
  }

  /** Short text for a row (`1-zz,103`, base 36); `fromText` reads it. */
  toText(): string {
    const runs: string[] = [];
    for (let i = 0; i < this.edges.length; i += 2) {
      const [from = 0, to = 0] = this.edges.slice(i, i + 2);
      runs.push(from === to ? from.toString(36) : `${from.toString(36)}-${to.toString(36)}`);
    }
    return runs.join(',');
  }

  /** Place in `edges` of the first run that ends at or after `seq`; their length when there is none. */
  private runFrom(seq: number): number {
    let low = 0;
    let high = this.edges.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.edges[2 * middle + 1] ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return 2 * low;
  }
}
