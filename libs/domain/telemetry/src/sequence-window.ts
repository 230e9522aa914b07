/** Numbers below the high-water mark that a window can still tell apart. */
export const windowSize = 4096;

const words = windowSize / 32;

/**
 * Which sequence numbers of one stream (BTU, boot, stream class) were stored: a high-water mark and a bitmap of the
 * 4,096 numbers up to it. Constant memory (512 bytes). A number older than the bitmap counts as seen.
 */
export class SequenceWindow {
  private constructor(
    private top: number,
    private readonly bits: Uint32Array,
  ) {}

  /** A window that has seen nothing. */
  static empty(): SequenceWindow {
    return new SequenceWindow(0, new Uint32Array(words));
  }

  /** The window that `toText` wrote; throws RangeError when the text is not one. */
  static fromText(text: string): SequenceWindow {
    const [high, ...rest] = text.split(',').map((part) => Number.parseInt(part, 36));
    if (high === undefined || Number.isNaN(high) || rest.length > words || rest.some(Number.isNaN)) {
      throw new RangeError('not a sequence window');
    }
    const bits = new Uint32Array(words);
    bits.set(rest);
    return new SequenceWindow(high, bits);
  }

  /** Highest number seen; 0 = none. */
  get high(): number {
    return this.top;
  }

  /** True when `seq` was seen or is too old to tell. */
  has(seq: number): boolean {
    if (seq > this.top) return false;
    if (this.top - seq >= windowSize) return true;
    const slot = seq % windowSize;
    return (((this.bits[slot >> 5] ?? 0) >>> (slot & 31)) & 1) === 1;
  }

  /** Marks `seq` as seen; false when it was already. */
  add(seq: number): boolean {
    if (this.has(seq)) return false;
    if (seq > this.top) {
      if (seq - this.top >= windowSize) this.bits.fill(0);
      else for (let n = this.top + 1; n < seq; n++) this.clear(n);
      this.top = seq;
    }
    const slot = seq % windowSize;
    this.bits[slot >> 5] = ((this.bits[slot >> 5] ?? 0) | (1 << (slot & 31))) >>> 0;
    return true;
  }

  /** Forgets `seq` again: it was marked before its append, and the append failed. */
  remove(seq: number): void {
    if (this.top - seq < windowSize) this.clear(seq);
  }

  /** Numbers missing below the high-water mark, as far back as the window sees. */
  missing(): number {
    let count = 0;
    for (let n = Math.max(1, this.top - windowSize + 1); n < this.top; n++) if (!this.has(n)) count++;
    return count;
  }

  /** Short text for a row; `fromText` reads it. */
  toText(): string {
    return [this.top, ...this.bits].map((n) => n.toString(36)).join(',').replace(/(,0)+$/, '');
  }

  private clear(seq: number): void {
    const slot = seq % windowSize;
    this.bits[slot >> 5] = ((this.bits[slot >> 5] ?? 0) & ~(1 << (slot & 31))) >>> 0;
  }
}
