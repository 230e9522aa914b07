import type { EventEnvelope, ServiceName } from '@quaywatch/contracts';
import type { Queryable, StoreTransaction, ViewStore } from '@quaywatch/ports';
import pg from 'pg';
import { silentLogger, type PostgresLogger } from '../embedded/postgres-logger';
import { connect, type StorePool } from './connect';
import { factsIn, topicFor } from './facts';
import { forgetOutbox, lockRelay, readOutbox, storeOutbox, type WaitingEvent } from './outbox';
import { readPosition, writePosition } from './positions';
import { readerRole, serviceSchema } from './roles';
import type { SqlSession } from './sql-session';
import { isSerialisationFailure } from './store-fault';

/** How to open the store of a service. */
export interface PostgresViewStoreOptions {
  /** URL of the service's own role, as `prepareService` gives it. */
  readonly url: string;
  readonly service: ServiceName;
  /** File name → SQL, run in order of name, once each, in the service's own schema. */
  readonly migrations: Readonly<Record<string, string>>;
  readonly logger?: PostgresLogger;
  /** Most connections; default 8. */
  readonly connections?: number;
  /** How long to wait for a database that is not there yet, ms; default 30 s. */
  readonly patience?: number;
}

const retries = 5;
const pollEvery = 500;

/**
 * The ViewStore on PostgreSQL: connects (waiting a while for a database that is not up yet), migrates the schema and
 * secures its rows. Rejects with Fault `STORE_UNAVAILABLE`, `STORE_NOT_PREPARED` or `MIGRATION_…`; later faults are
 * those of `storeFault`. A lost connection fails the work under way only: the next call gets a new one.
 */
export async function postgresViewStore(options: PostgresViewStoreOptions): Promise<ViewStore> {
  const { service } = options;
  const schema = serviceSchema(service);
  const logger = options.logger ?? silentLogger;
  const pool = await connect({ connections: 8, patience: 30_000, ...options, schema, logger });
  return new PostgresViewStore(pool, service, schema);
}

/** A ViewStore on an open pool. */
export class PostgresViewStore implements ViewStore {
  private readonly wakers = new Set<() => void>();
  private readonly reader: string;
  private poll: NodeJS.Timeout | undefined;

  constructor(
    private readonly pool: StorePool,
    private readonly service: ServiceName,
    private readonly schema: string,
  ) {
    this.reader = pg.escapeIdentifier(readerRole(service, pool.database));
  }

  async transact<T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.transactOnce(work);
      } catch (error) {
        if (!isSerialisationFailure(error) || attempt === retries) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt));
      }
    }
  }

  private async transactOnce<T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    const waiting: WaitingEvent[] = [];
    const result = await this.pool.inTransaction(async (session) => {
      const value = await work(this.transaction(session, waiting));
      if (waiting.length > 0 && !session.failure) await storeOutbox(session, waiting);
      return value;
    });
    if (waiting.length > 0) this.wake();
    return result;
  }

  private transaction(session: SqlSession, waiting: WaitingEvent[]): StoreTransaction {
    const { service } = this;
    return {
      query: (sql, parameters) => session.query(sql, parameters),
      facts: factsIn(session, service, (topic, event) => waiting.push({ topic, event })),
      publish: async (events) => {
        const complete = events.map((event): EventEnvelope => ({ ...event, source: service }));
        const topics = complete.map((event) => topicFor(event, service, 'telemetry'));
        complete.forEach((event, index) => waiting.push({ topic: topics[index]!, event }));
      },
      position: (consumer, topic, partition) => readPosition(session, consumer, topic, partition),
      holdPosition: (consumer, topic, partition) =>
        readPosition(session, consumer, topic, partition, 'for no key update'),
      movePosition: (consumer, topic, partition, from, to) =>
        writePosition(session, { consumer, topic, partition }, from, to),
    };
  }

  async readAs<T>(org: string, work: (q: Queryable) => Promise<T>): Promise<T> {
    return this.pool.inTransaction(async (session) => {
      // One snapshot for all queries of an answer; neither writing nor waiting for locks.
      await session.query(`set transaction isolation level repeatable read read only; set local role ${this.reader}`);
      await session.query(`select set_config('app.org', $1, true)`, [org]);
      return work({ query: (sql, parameters) => session.query(sql, parameters) });
    });
  }

  async takeOutbox(limit: number, send: Parameters<ViewStore['takeOutbox']>[1]): Promise<number> {
    return this.pool.inTransaction(async (session) => {
      if (!(await lockRelay(session, this.schema))) return 0;
      const entries = await readOutbox(session, limit);
      const last = entries.at(-1);
      if (!last) return 0;
      await send(entries);
      await forgetOutbox(session, last.seq);
      return entries.length;
    });
  }

  onOutbox(wake: () => void): () => void {
    this.wakers.add(wake);
    this.poll ??= setInterval(() => this.wake(), pollEvery).unref();
    return () => {
      this.wakers.delete(wake);
      if (this.wakers.size > 0) return;
      clearInterval(this.poll);
      this.poll = undefined;
    };
  }

  private wake(): void {
    for (const wake of this.wakers) wake();
  }

  async close(): Promise<void> {
    clearInterval(this.poll);
    this.wakers.clear();
    await this.pool.close();
  }
}
