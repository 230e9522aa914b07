import { topicNames, type Topic } from '@quaywatch/contracts';
import { describeError, Fault } from '@quaywatch/kernel';
import type { EventLog, LogEvent, Subscription, SubscriptionHandle } from '@quaywatch/ports';
import { Pool, type ClientConfig } from 'pg';
import { AppendQueue } from '../../event-log/append-queue';
import type { LogLogger } from '../../event-log/log-logger';
import { Announcer } from './announcer';
import { appendRecords } from './append-records';
import { GroupSession } from './group-session';
import { HeadSignals } from './head-signals';
import { logSchema } from './migrate-event-log';
import { OwnTail } from './own-tail';
import { pgFault } from './pg-fault';
import { mostInRow, readHeads, readRecords } from './read-records';

/** Options of the event log in PostgreSQL. */
export interface PostgresEventLogOptions {
  /** A login that is a member of role `quaywatch_log`, on a database where `migrateEventLog` has run. */
  readonly url: string;
  /** Partitions of every topic; fixed by the first use of the database. */
  readonly partitions: number;
  readonly logger?: LogLogger;
  /** Bytes of its own appends that it keeps at hand for its own readers; default 16 MiB. */
  readonly tailBytes?: number;
  /** How long an append may wait for the database, ms; default 10 s. */
  readonly appendTimeout?: number;
}

/**
 * The event log in PostgreSQL. Uses up to ten connections: four to append, four to read, one to listen and one to
 * announce. Connects at the first use. Faults as `EventLog`, `LOG_NOT_PREPARED` until the schema is
 * made, and `LOG_PARTITIONS_CHANGED`, `LOG_TOO_NEW`, `LOG_REFUSED`, which stay.
 */
export function postgresEventLog(options: PostgresEventLogOptions): EventLog {
  return new PostgresEventLog(options);
}

/** How often records that are out of their time are looked for, ms. */
const dropEvery = 3_600_000;

class PostgresEventLog implements EventLog {
  readonly partitions: number;
  private readonly writers: Pool;
  private readonly readers: Pool;
  private readonly announcer: Announcer;
  private readonly queue: AppendQueue;
  private readonly signals = new HeadSignals();
  private readonly tail: OwnTail;
  private readonly session: GroupSession;
  private layout: Promise<void> | undefined;
  private dropping: NodeJS.Timeout | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: PostgresEventLogOptions) {
    this.partitions = options.partitions;
    this.tail = new OwnTail(options.tailBytes ?? 16 * 1024 * 1024, () => performance.now());
    const config = (part: string): ClientConfig => ({
      connectionString: options.url,
      application_name: `quaywatch log ${part}`,
      connectionTimeoutMillis: 5000,
      keepAlive: true,
    });
    // The server gives up first; the client only when the server is not heard of any more.
    const limits = { statement_timeout: 15_000, query_timeout: 20_000, max: 4 };
    const pool = (part: string): Pool => {
      const made = new Pool({ ...config(part), ...limits });
      made.on('error', (error) =>
        options.logger?.warn({ reason: describeError(error) }, 'a connection to the event log was lost'),
      );
      return made;
    };
    this.writers = pool('append');
    this.readers = pool('read');
    this.announcer = new Announcer(config('announce'));
    this.queue = new AppendQueue({
      partitions: options.partitions,
      lane: (topic, partition) => `${topic} ${partition}`,
      store: async (take) => {
        await this.checkLayout();
        const row = await appendRecords(this.writers, take);
        if (!row) return;
        const { topic, partition, next, count } = row;
        // Marks are of facts, which are few.
        if (!row.marked) this.tail.keep(topic, partition, next - count, row);
        this.signals.moved(topic, partition, next);
        this.announcer.announce(topic, partition, next);
      },
      onFault: (fault) => options.logger?.warn({ reason: describeError(fault) }, 'append to the event log failed'),
      batchRecords: mostInRow,
      // A row is read as a whole.
      batchBytes: 1024 * 1024,
      timeout: options.appendTimeout ?? 10_000,
      waitingBytes: 256 * 1024 * 1024,
    });
    const source = {
      signals: this.signals,
      head: (topic: Topic, partition: number) => this.endOffsets(topic).then((heads) => heads[partition] ?? 0),
      read: async (topic: Topic, partition: number, from: number, limit: number) => {
        const own = this.tail.read(topic, partition, from, limit);
        return own.length > 0 ? own : readRecords(this.readers, topic, partition, from, limit);
      },
    };
    this.session = new GroupSession(config('listen'), source, options.partitions, async () => {
      await this.checkLayout();
      for (const { topic, partition, next } of await readHeads(this.readers))
        this.signals.moved(topic, partition, next);
      // Without a row nothing was ever stored there; a reader that did not know would ask the database again and again.
      for (const topic of topicNames)
        for (let partition = 0; partition < options.partitions; partition++) this.signals.moved(topic, partition, 0);
    });
  }

  append(topic: Topic, events: readonly LogEvent[]): Promise<void> {
    return this.queue.append(topic, events);
  }

  async subscribe(subscription: Subscription): Promise<SubscriptionHandle> {
    if (this.closing) throw new Fault('LOG_CLOSED', 'the event log is closed');
    return this.session.subscribe(subscription);
  }

  async endOffsets(topic: Topic): Promise<readonly number[]> {
    const ends = new Array<number>(this.partitions).fill(0);
    for (const { partition, next } of await readHeads(this.readers, topic)) ends[partition] = next;
    return ends;
  }

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  /** Drops the chunks that are out of their topic's time, and says so; what cannot be done now is left to the next time. */
  private async dropOld(): Promise<void> {
    try {
      const { rows } = await this.readers.query<Record<string, unknown>>('select * from log.drop_old()');
      for (const chunk of rows) this.options.logger?.info(chunk, 'records out of their time were dropped');
    } catch (error) {
      this.options.logger?.warn({ reason: describeError(error) }, 'old records could not be dropped');
    }
  }

  private async shut(): Promise<void> {
    clearInterval(this.dropping);
    await this.session.close();
    await this.queue.close();
    await this.announcer.close();
    await Promise.all([this.writers.end(), this.readers.end()]);
  }

  /** Another number of partitions would put keys elsewhere and break their order. */
  private checkLayout(): Promise<void> {
    this.layout ??= this.readLayout().catch((error: unknown) => {
      this.layout = undefined;
      throw pgFault(error);
    });
    return this.layout;
  }

  private async readLayout(): Promise<void> {
    await this.checkSchema();
    await this.readers.query('insert into log.layout (partitions) values ($1) on conflict do nothing', [
      this.partitions,
    ]);
    const { rows } = await this.readers.query<{ partitions: number }>('select partitions from log.layout');
    if (rows[0]?.partitions === this.partitions) {
      this.dropping ??= setInterval(() => void this.dropOld(), dropEvery).unref();
      return;
    }
    const message = `this event log has ${rows[0]?.partitions} partitions, the configuration says ${this.partitions}`;
    throw new Fault('LOG_PARTITIONS_CHANGED', message);
  }

  /** A schema that is not made yet may come at any moment; one of a later build stays. */
  private async checkSchema(): Promise<void> {
    const { rows } = await this.readers
      .query<{ version: number; least: number }>('select version, least from log.schema_version')
      .catch((error: { code?: string }) => {
        if (error.code === '42P01') return { rows: [] };
        throw error;
      });
    const found = rows[0] ?? { version: 1, least: 1 };
    if (found.version < logSchema.version) {
      const message = `the event log's schema is of version ${found.version}, this build needs ${logSchema.version}: run quaywatch prepare first`;
      throw new Fault('LOG_NOT_PREPARED', message, { retryable: true });
    }
    if (found.least > logSchema.version) {
      const message = `the event log's schema needs a build that knows version ${found.least}, this one knows ${logSchema.version}`;
      throw new Fault('LOG_TOO_NEW', message);
    }
  }
}
