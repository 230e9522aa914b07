/** Something that can stop and go on reading. */
export interface Reader {
  sleep(): void;
  wake(): void;
}

/** What one read of a socket brings at most, bytes. */
const oneRead = 65_536;

/**
 * Bytes taken from all sockets that are not settled yet. When they reach the limit every reader sleeps; as bytes are
 * settled readers wake in the order in which they fell asleep, as many as have room for one read each: memory stays
 * bounded and no reader is served twice before another once.
 */
export class IntakeBudget {
  private readonly awake = new Set<Reader>();
  private readonly asleep = new Set<Reader>();
  private held = 0;
  /** Largest value of `used` so far. */
  peak = 0;

  constructor(private readonly limit: number) {}

  /** Bytes that are not settled. */
  get used(): number {
    return this.held;
  }

  join(reader: Reader): void {
    if (this.held < this.limit) {
      this.awake.add(reader);
      return;
    }
    this.asleep.add(reader);
    reader.sleep();
  }

  leave(reader: Reader): void {
    this.awake.delete(reader);
    this.asleep.delete(reader);
  }

  take(bytes: number): void {
    this.held += bytes;
    if (this.held > this.peak) this.peak = this.held;
    if (this.held < this.limit || this.awake.size === 0) return;
    for (const reader of this.awake) {
      this.asleep.add(reader);
      reader.sleep();
    }
    this.awake.clear();
  }

  give(bytes: number): void {
    this.held -= bytes;
    if (this.asleep.size === 0 || this.held > this.limit * 0.75) return;
    let room = this.held === 0 ? this.asleep.size : Math.max(1, Math.floor((this.limit - this.held) / oneRead));
    for (const reader of this.asleep) {
      if (room-- === 0) return;
      this.asleep.delete(reader);
      this.awake.add(reader);
      reader.wake();
    }
  }
}
