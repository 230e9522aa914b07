// Two ends of a connection within the process: what one writes the other reads, with backpressure.
import { Duplex } from 'node:stream';

class End extends Duplex {
  other!: End;
  private waiting: (() => void) | undefined;

  override _read(): void {
    const { waiting } = this.other;
    this.other.waiting = undefined;
    waiting?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.other.destroyed || this.other.push(chunk)) done();
    else this.waiting = done;
  }

  override _final(done: () => void): void {
    if (!this.other.destroyed) this.other.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { other } = this;
    setImmediate(() => other.destroy());
    done(error);
  }
}

/** A new connection. */
export function streamPair(): [Duplex, Duplex] {
  const [a, b] = [new End({ allowHalfOpen: false }), new End({ allowHalfOpen: false })];
  a.other = b;
  b.other = a;
  return [a, b];
}
