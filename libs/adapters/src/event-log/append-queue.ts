import { partitionOf, type Topic } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { LogEvent, OutboxMark } from '@quaywatch/ports';

/** An event as it waits to be stored. */
export interface QueuedEvent {
  readonly topic: Topic;
  readonly partition: number;
  readonly key: string;
  /** The event as JSON, as text or in UTF-8; never holds U+0000 or unpaired surrogates, JSON escapes them. */
  readonly json: string | Buffer;
  /** About what it takes in the log. */
  readonly bytes: number;
  readonly outbox: OutboxMark | undefined;
}

/** How a log stores what waits. */
export interface AppendQueueOptions {
  readonly partitions: number;
  /** Events of one lane are stored by one `store` at a time, in order. */
  lane(topic: Topic, partition: number): string;
  /**
   * Gets hold of what it needs to store, then calls `take` once and stores all of it, durably. What was taken is
   * rejected when this rejects; what was not taken stays and is tried again.
   */
  store(take: () => readonly QueuedEvent[]): Promise<void>;
  /** Told when storing failed, with the Fault that callers get. */
  onFault?(fault: Fault): void;
  /** Most events and bytes that one `take` gives. */
  readonly batchRecords: number;
  readonly batchBytes: number;
  /** An append that has not been stored after this time (ms) is rejected. */
  readonly timeout: number;
  /** Bytes that may wait altogether; an append beyond is rejected at once. */
  readonly waitingBytes: number;
}

/** Largest event, as JSON in UTF-8 with its key; Kafka's own default limit of a batch is a little above. */
export const maxEventBytes = 1_000_000;

/** What a record needs beside key and event (offset, headers, lengths), rounded up. */
const recordOverhead = 100;

/** Keys that are remembered. */
const rememberedKeys = 20_000;

/**
 * Group commit: appends are queued synchronously in the order of the calls; while one batch of a lane is being
 * stored, all that arrives waits and becomes the next batch. So one slow disk write serves many callers.
 */
export class AppendQueue {
  private readonly lanes = new Map<string, Lane>();
  private readonly places = new Map<string, Place>();
  private waiting = 0;
  /** Appends that were rejected so far. */
  private failures = 0;
  private closed = false;

  constructor(private readonly options: AppendQueueOptions) {}

  /** Resolves when all events are stored. Rejects with Fault `LOG_UNAVAILABLE`, `LOG_CLOSED`, `EVENT_TOO_LARGE` or `EVENT_NOT_JSON`. */
  append(topic: Topic, events: readonly LogEvent[]): Promise<void> {
    if (this.closed) return Promise.reject(new Fault('LOG_CLOSED', 'the event log is closed'));
    if (events.length === 0) return Promise.resolve();
    let queued: Waiting[];
    try {
      queued = events.map(({ event, outbox }) => {
        const json = 'json' in event ? written(event.json) : toJson(event);
        const { partition, bytes } = this.placeOf(event.key);
        const length = typeof json === 'string' ? Buffer.byteLength(json) : json.length;
        return { topic, partition, key: event.key, json, bytes: length + bytes, outbox, ticket: undefined };
      });
    } catch (error) {
      return Promise.reject(error);
    }
    let bytes = 0;
    let largest = 0;
    for (const event of queued) {
      bytes += event.bytes;
      if (event.bytes > largest) largest = event.bytes;
    }
    if (largest > maxEventBytes) {
      const message = `an event of ${largest} bytes is more than ${maxEventBytes}`;
      return Promise.reject(new Fault('EVENT_TOO_LARGE', message));
    }
    if (this.waiting > 0 && this.waiting + bytes > this.options.waitingBytes) {
      return Promise.reject(unavailable('too much is waiting to be stored'));
    }
    return new Promise((resolve, reject) => {
      const failed = (fault: Fault): void => {
        this.failures++;
        reject(fault);
      };
      this.enqueue(queued, new Ticket(queued.length, this.options.timeout, resolve, failed));
    });
  }

  /** Takes no more appends; resolves when those under way are stored or rejected. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.lanes.values()].map((lane) => lane.running));
  }

  private placeOf(key: string): Place {
    let place = this.places.get(key);
    if (place) return place;
    if (this.places.size >= rememberedKeys) this.places.clear();
    const bytes = Buffer.byteLength(key) + recordOverhead;
    this.places.set(key, (place = { partition: partitionOf(key, this.options.partitions), bytes }));
    return place;
  }

  private enqueue(events: readonly Waiting[], ticket: Ticket): void {
    let lane: Lane | undefined;
    let partition = -1;
    for (const event of events) {
      // All of one call are of one topic, and mostly of one partition.
      if (!lane || event.partition !== partition) {
        partition = event.partition;
        const name = this.options.lane(event.topic, partition);
        this.lanes.set(name, (lane = this.lanes.get(name) ?? new Lane()));
      }
      event.ticket = ticket;
      lane.waiting.push(event);
      this.waiting += event.bytes;
      lane.running ??= this.run(lane);
    }
  }

  private async run(lane: Lane): Promise<void> {
    // Calls made in the same turn of the event loop join the first batch.
    await Promise.resolve();
    for (let pause = 50; lane.waiting.length > 0;) {
      let taken: readonly Waiting[] = [];
      try {
        await this.options.store(() => {
          taken = this.take(lane);
          return taken;
        });
        for (const { ticket } of taken) ticket?.stored();
        pause = 50;
      } catch (error) {
        const fault = asFault(error);
        this.options.onFault?.(fault);
        for (const { ticket } of taken) ticket?.fail(fault);
        // Not reachable: what is not rejected for good waits for the next try, until its time is over.
        if (taken.length === 0 && !fault.retryable) for (const { ticket } of lane.waiting) ticket?.fail(fault);
        await new Promise((resolve) => setTimeout(resolve, pause));
        pause = Math.min(1000, pause * 2);
        this.forgetFailed(lane);
      }
    }
    // In the same turn as the last look at the queue: what is queued from now on starts a new run.
    lane.running = undefined;
  }

  private take(lane: Lane): readonly Waiting[] {
    this.forgetFailed(lane);
    let bytes = 0;
    let count = 0;
    for (const event of lane.waiting) {
      if (count >= this.options.batchRecords || (count > 0 && bytes + event.bytes > this.options.batchBytes)) break;
      bytes += event.bytes;
      count++;
    }
    this.waiting -= bytes;
    return lane.waiting.splice(0, count);
  }

  /** The rest of an append that was rejected must not be stored after what came later for the same key. */
  private forgetFailed(lane: Lane): void {
    if (lane.failures === this.failures) return;
    lane.failures = this.failures;
    lane.waiting = lane.waiting.filter(({ bytes, ticket }) => {
      if (ticket?.failed) this.waiting -= bytes;
      return !ticket?.failed;
    });
  }
}

/** A retryable Fault `LOG_UNAVAILABLE`. */
export const unavailable = (message: string, cause?: unknown): Fault =>
  new Fault('LOG_UNAVAILABLE', `the event log cannot be reached: ${message}`, { cause, retryable: true });

const asFault = (error: unknown): Fault =>
  error instanceof Fault ? error : unavailable(error instanceof Error ? error.message : String(error), error);

const written = (json: string | Uint8Array): string | Buffer =>
  typeof json === 'string' || Buffer.isBuffer(json) ? json : Buffer.from(json.buffer, json.byteOffset, json.byteLength);

function toJson(event: unknown): string {
  try {
    return JSON.stringify(event);
  } catch (cause) {
    throw new Fault('EVENT_NOT_JSON', 'an event cannot be written as JSON', { cause });
  }
}

/** What is the same for all events of a key. */
interface Place {
  readonly partition: number;
  /** What a record takes beside its event. */
  readonly bytes: number;
}

interface Waiting extends QueuedEvent {
  /** The call that it came with; there from the moment on when it is in a lane. */
  ticket: Ticket | undefined;
}

class Lane {
  waiting: Waiting[] = [];
  /** How many rejected appends were looked for in `waiting`. */
  failures = 0;
  running: Promise<void> | undefined;
}

/** One call of append: settled when all its events are stored, or at the first failure. */
class Ticket {
  failed = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private left: number,
    timeout: number,
    private readonly resolve: () => void,
    private readonly reject: (reason: Fault) => void,
  ) {
    this.timer = setTimeout(() => this.fail(unavailable(`not stored within ${timeout} ms`)), timeout);
  }

  stored(): void {
    if (--this.left > 0 || this.failed) return;
    clearTimeout(this.timer);
    this.resolve();
  }

  fail(fault: Fault): void {
    if (this.failed || this.left <= 0) return;
    this.failed = true;
    clearTimeout(this.timer);
    this.reject(fault);
  }
}
