import type { EventEnvelope, Topic } from '@quaywatch/contracts';
import type { FactLog } from '../event-log/fact-log';

/** A row as the database gives it: bigint and numeric come as text, jsonb parsed, timestamptz as Date. */
export type Row = Record<string, unknown>;

/** Something that runs SQL with `$1…` parameters. */
export interface Queryable {
  query<T extends Row = Row>(sql: string, parameters?: readonly unknown[]): Promise<T[]>;
}

/** One transaction of a service on its own schema: rows, facts, published events and positions commit together (law L2). */
export interface StoreTransaction extends Queryable {
  /** The service's facts, in this transaction. */
  readonly facts: FactLog;
  /** Publishes telemetry-grade events of this service (or audit events) when the transaction commits, once in effect. */
  publish(events: readonly Omit<EventEnvelope, 'source'>[]): Promise<void>;
  /** The stored position of a consumer; undefined when it has none yet. */
  position(consumer: string, topic: Topic, partition: number): Promise<ConsumerPosition | undefined>;
  /**
   * As `position`, and nobody else moves it until this transaction ends. To be asked for before any row is written: who
   * holds it may wait for rows, never the other way round.
   */
  holdPosition(consumer: string, topic: Topic, partition: number): Promise<ConsumerPosition | undefined>;
  /**
   * Moves the position from what was read before to `to`. Throws Fault `STALE_INSTANCE` when it is no longer
   * `from` (another instance has taken over): the transaction must not commit.
   */
  movePosition(
    consumer: string,
    topic: Topic,
    partition: number,
    from: ConsumerPosition | undefined,
    to: ConsumerPosition,
  ): Promise<void>;
}

/** Where a consumer stands in a partition, and the last outbox mark it has seen of each owner. */
export interface ConsumerPosition {
  /** Offset of the next record to handle. */
  readonly next: number;
  readonly outboxes: Readonly<Record<string, number>>;
}

/** The store of one service: its own schema and role, nothing else. */
export interface ViewStore {
  /** Runs `work` in one transaction; commits when it resolves, rolls back when it rejects. Retries serialisation failures. */
  transact<T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T>;
  /**
   * Reads as the restricted role, which sees only rows whose `org` is this organisation (row-level security, law L4).
   * Writing is refused by the database.
   */
  readAs<T>(org: string, work: (q: Queryable) => Promise<T>): Promise<T>;
  /** Outbox entries waiting, oldest first; used by the relay. */
  takeOutbox(limit: number, send: (entries: readonly OutboxEntry[]) => Promise<void>): Promise<number>;
  /** Calls back soon after something was put into the outbox (and now and then without cause). Returns how to stop. */
  onOutbox(wake: () => void): () => void;
  close(): Promise<void>;
}

/** An event waiting in the outbox. */
export interface OutboxEntry {
  readonly seq: number;
  readonly topic: Topic;
  readonly event: EventEnvelope;
}
