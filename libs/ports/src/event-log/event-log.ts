import type { EventEnvelope, Topic } from '@quaywatch/contracts';

/**
 * The event log, grade telemetry, and the delivery of both grades. Facts get in through `FactLog` and an outbox.
 * Promises: what `append` resolved is durable; events with the same key keep the order of the `append` calls;
 * delivery is at least once, in order within a partition; a record is never skipped.
 */
export interface EventLog {
  /** Partitions of every topic. Equal keys are in equal partitions (`partitionOf`). */
  readonly partitions: number;

  /**
   * Appends events in the given order and resolves when all are durable. Calls are queued synchronously: two calls
   * for one key are stored in the order of the calls, without awaiting between them. Rejects with a retryable Fault
   * `LOG_UNAVAILABLE` when the log cannot be reached within its time-out; then the events may or may not be stored.
   */
  append(topic: Topic, events: readonly LogEvent[]): Promise<void>;

  /**
   * Delivers batches to `subscription.onBatch`, one at a time for a partition, until stopped. In one group each
   * partition is delivered to one instance at a time (best effort: the position in the read model is the fence).
   */
  subscribe(subscription: Subscription): Promise<SubscriptionHandle>;

  /** For every partition of the topic, the offset that the next event will get. */
  endOffsets(topic: Topic): Promise<readonly number[]>;

  /** Stops subscriptions, finishes appends under way, lets go of connections. */
  close(): Promise<void>;
}

/** An event to append; `outbox` is set by the outbox relay only, so that consumers can drop what it sent twice. */
export interface LogEvent {
  readonly event: EventEnvelope | EncodedEvent;
  readonly outbox?: OutboxMark;
}

/** An event that its maker has written as JSON already, for those that are made by the ten thousand a second. */
export interface EncodedEvent {
  readonly key: string;
  /** JSON of the whole envelope, `key` included, as text or in UTF-8; its maker answers for it. */
  readonly json: string | Uint8Array;
}

/** Place of an event in its owner's outbox: strictly rising per owner and partition. */
export interface OutboxMark {
  readonly owner: string;
  readonly seq: number;
}

/** A stored event; `event` is as stored: not checked, not upcast. */
export interface LogRecord {
  /** Position in the partition; rises, may have holes in Kafka. */
  readonly offset: number;
  readonly event: unknown;
  readonly outbox?: OutboxMark;
  /** When the log stored it, ms since 1970 by the log's own clock; in order within a partition as far as that clock is. */
  readonly storedAt: number;
}

/** Records of one partition in order; never empty. */
export interface LogBatch {
  readonly topic: Topic;
  readonly partition: number;
  readonly records: readonly LogRecord[];
}

/** What a consumer wants, and where it goes on. */
export interface Subscription {
  /** Instances of one group share the partitions. */
  readonly group: string;
  readonly topics: readonly Topic[];
  /** Offset of the first record to deliver; asked each time a partition is taken. `'end'` = only what comes from now on. */
  startAt(topic: Topic, partition: number): Promise<number | 'end'>;
  /**
   * Handles a batch. When it rejects, the log asks `startAt` again and delivers from there after a pause
   * (rising to `retryPauseMax`): nothing is skipped.
   */
  onBatch(batch: LogBatch): Promise<void>;
  /** Most records in a batch; default 500. */
  readonly maxBatch?: number;
  /** Told of every failed delivery and lost connection, for logs and readiness. */
  onFault?(error: unknown): void;
}

/** A running subscription. */
export interface SubscriptionHandle {
  /** Takes no new batch, waits for the one under way. */
  stop(): Promise<void>;
}
