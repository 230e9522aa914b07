import { burstTopic, type BurstChunk } from '@quaywatch/contracts';
import { seconds } from '@quaywatch/kernel';
import { createHash } from 'node:crypto';

/** A short window of a signal at a high rate. */
export interface Burst extends Pick<BurstChunk, 'id' | 'signal' | 'trigger' | 'command' | 'startAt' | 'rate'> {
  readonly samples: Float32Array;
}

const chunkBytes = 65_536;
const mostWaiting = 4;

/** The chunks of a burst, in their order; Float32Array is little-endian on every machine that a BTU is built of. */
export function chunksOf({ samples, ...head }: Burst): BurstChunk[] {
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const of = Math.ceil(bytes.length / chunkBytes);
  return Array.from({ length: of }, (_, n) => ({
    v: 1 as const,
    ...head,
    samples: samples.length,
    sha256,
    n,
    of,
    data: bytes.subarray(n * chunkBytes, (n + 1) * chunkBytes).toString('base64'),
  }));
}

/** Sends bursts chunk by chunk; one that was not acknowledged is sent again. Keeps the newest few while the line is away. */
export class BurstSender {
  private waiting: BurstChunk[][] = [];
  private timer: NodeJS.Timeout | undefined;
  private sending = false;
  private stopped = false;

  constructor(
    private readonly serial: string,
    /** Publishes at QoS 1; rejects when it is not acknowledged. */
    private readonly publish: (topic: string, text: string) => Promise<unknown>,
    private readonly again: number = seconds(1),
  ) {}

  /** Takes a burst for sending. */
  send(burst: Burst): void {
    this.waiting.push(chunksOf(burst));
    if (this.waiting.length > mostWaiting) this.waiting.splice(this.sending ? 1 : 0, 1);
    void this.pump();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async pump(): Promise<void> {
    if (this.sending || this.stopped) return;
    this.sending = true;
    try {
      for (let next = this.waiting[0]; next; next = this.waiting[0]) {
        for (let chunk = next[0]; chunk; chunk = next[0]) {
          await this.publish(burstTopic(this.serial), JSON.stringify(chunk));
          next.shift();
        }
        this.waiting.shift();
      }
      this.sending = false;
    } catch {
      this.sending = false;
      if (this.stopped) return;
      this.timer = setTimeout(() => void this.pump(), this.again);
      this.timer.unref();
    }
  }
}
