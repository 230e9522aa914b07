import type { Topic } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { LogRecord, Subscription } from '@quaywatch/ports';
import type { HeadSignals } from './head-signals';
import type { RecordText } from './read-records';

/** What a reader needs of the log. */
export interface ReaderSource {
  readonly signals: HeadSignals;
  head(topic: Topic, partition: number): Promise<number>;
  read(topic: Topic, partition: number, from: number, limit: number): Promise<RecordText[]>;
}

/** Longest pause after a failed delivery, ms. */
const retryPauseMax = 5000;
/** A reader looks by itself after this time, ms; the heads are polled for all of them much more often. */
const pollEvery = 10_000;

/** Delivers one partition to one subscription, from `startAt` on, until stopped. */
export class PartitionReader {
  /** True from the first call of `stop`. */
  stopping = false;
  /** Resolves when the reader has stopped and no batch is under way. */
  readonly done: Promise<void>;
  /** Read, from `next` on, and not delivered yet. */
  private ready: RecordText[] = [];

  constructor(
    private readonly source: ReaderSource,
    private readonly subscription: Subscription,
    readonly topic: Topic,
    readonly partition: number,
  ) {
    this.done = this.run();
  }

  stop(): Promise<void> {
    this.stopping = true;
    this.source.signals.nudge(this.topic, this.partition);
    return this.done;
  }

  private async run(): Promise<void> {
    const { topic, partition } = this;
    const { signals } = this.source;
    let next: number | undefined;
    let pause = 50;
    while (!this.stopping) {
      try {
        next ??= await this.position();
        const records = this.stopping ? [] : await this.read(next);
        const last = records.at(-1);
        if (this.stopping) return;
        if (!last) {
          // What was announced while reading is not waited for.
          if ((signals.head(topic, partition) ?? 0) <= next) await signals.news(topic, partition, pollEvery);
          continue;
        }
        await this.subscription.onBatch({ topic, partition, records });
        next = last.offset + 1;
        pause = 50;
      } catch (error) {
        next = undefined;
        this.ready = [];
        this.subscription.onFault?.(error);
        await this.rest(pause);
        pause = Math.min(retryPauseMax, pause * 2);
      }
    }
  }

  private async read(from: number): Promise<LogRecord[]> {
    if (this.ready.length === 0) this.ready = await this.fetch(from);
    return this.ready.splice(0, this.wanted).map(({ offset, text, outbox, storedAt }) => ({
      offset,
      event: JSON.parse(text) as unknown,
      storedAt,
      ...(outbox ? { outbox } : {}),
    }));
  }

  private get wanted(): number {
    return this.subscription.maxBatch ?? 500;
  }

  private async fetch(from: number): Promise<RecordText[]> {
    const head = this.source.signals.head(this.topic, this.partition);
    if (head !== undefined && head <= from) return [];
    const records = await this.source.read(this.topic, this.partition, from, this.wanted);
    const first = records[0];
    if (!first && head !== undefined) {
      throw new Fault('LOG_INCOMPLETE', `${this.topic}/${this.partition} has no record ${from}, but ends at ${head}`, {
        retryable: true,
      });
    }
    if (first && first.offset !== from) {
      this.subscription.onFault?.(
        new Fault(
          'LOG_TRUNCATED',
          `${this.topic}/${this.partition}: ${from} to ${first.offset - 1} are no longer in the log`,
        ),
      );
    }
    return records;
  }

  private async position(): Promise<number> {
    const { topic, partition } = this;
    const start = await this.subscription.startAt(topic, partition);
    const head = await this.source.head(topic, partition);
    if (start === 'end') return head;
    if (start > head) {
      const message = `${topic}/${partition} ends at ${head}, before the consumer's position ${start}: not the log it has read before`;
      throw new Fault('LOG_BEHIND_POSITION', message);
    }
    return start;
  }

  private async rest(pause: number): Promise<void> {
    const until = Date.now() + pause;
    for (let left = pause; left > 0 && !this.stopping; left = until - Date.now()) {
      await this.source.signals.news(this.topic, this.partition, left);
    }
  }
}
