import { describeError, Fault } from '@quaywatch/kernel';
import { DataSource, type Logger, type QueryRunner } from 'typeorm';
import type { PostgresLogger } from '../embedded/postgres-logger';
import { migrate, migrationClasses } from './migrate';
import { SqlSession } from './sql-session';
import { storeFault } from './store-fault';

/** Connections of one service to its schema. */
export interface StorePool {
  /** Name of the database. */
  readonly database: string;
  /** Runs `work` in a transaction (read committed): commits when it resolves, else rolls back. Rejects with what `storeFault` makes of the error. */
  inTransaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  /** Waits (10 s at most) for transactions under way, then lets go of all connections. */
  close(): Promise<void>;
}

/** What a pool needs. */
export interface ConnectOptions {
  readonly url: string;
  readonly service: string;
  readonly schema: string;
  readonly migrations: Readonly<Record<string, string>>;
  readonly logger: PostgresLogger;
  readonly connections: number;
  readonly patience: number;
  /** Looked at before `schema`; then nothing is migrated. */
  readonly besideSchema?: string;
}

/** Opens the pool and brings the schema up to date; waits up to `patience` ms for a database that does not answer. */
export async function connect(options: ConnectOptions): Promise<StorePool> {
  const migrations = migrationClasses(options.migrations);
  const end = performance.now() + options.patience;
  for (let pause = 100; ; pause = Math.min(pause * 2, 2000)) {
    const dataSource = dataSourceOf(options, migrations);
    try {
      await dataSource.initialize();
      if (options.besideSchema === undefined) await migrate(dataSource, options.service, options.schema);
      return new TypeOrmPool(dataSource);
    } catch (error) {
      if (dataSource.isInitialized) await dataSource.destroy().catch(() => {});
      const fault = storeFault(error);
      const passing = fault instanceof Fault && fault.retryable;
      if (!passing || performance.now() > end) throw fault;
      options.logger.warn({ service: options.service, reason: describeError(fault) }, 'waiting for the database');
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

function dataSourceOf(options: ConnectOptions, migrations: ReturnType<typeof migrationClasses>): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    schema: options.schema,
    entities: [],
    migrations,
    migrationsTableName: 'migration',
    logger: migrationLogger(options),
    poolSize: options.connections,
    connectTimeoutMS: 10_000,
    applicationName: `quaywatch-${options.service}`,
    // An idle connection that breaks must be told of, not end the process.
    poolErrorHandler: (error: unknown) =>
      options.logger.warn({ service: options.service, reason: describeError(error) }, 'a database connection was lost'),
    extra: {
      options: `-c search_path=${[options.besideSchema, options.schema].filter(Boolean).join(',')} -c statement_timeout=60s -c lock_timeout=30s -c idle_in_transaction_session_timeout=120s`,
      keepAlive: true,
      idleTimeoutMillis: 60_000,
    },
  });
}

/** TypeORM's messages: migrations and warnings are told, statements (they may hold personal data) are not. */
function migrationLogger({ logger, service }: ConnectOptions): Logger {
  const nothing = (): void => {};
  return {
    logQuery: nothing,
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: (message) => logger.info({ service }, message),
    log: (level, message: unknown) => level === 'warn' && logger.warn({ service }, String(message)),
  };
}

class TypeOrmPool implements StorePool {
  readonly database: string;
  private readonly running = new Set<Promise<unknown>>();
  private closing: Promise<void> | undefined;

  constructor(private readonly dataSource: DataSource) {
    this.database = dataSource.driver.database ?? '';
  }

  inTransaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    if (this.closing) return Promise.reject(new Fault('STORE_CLOSED', 'the store is closed'));
    const result = this.transact(work);
    const settled = result.catch(() => {}).finally(() => this.running.delete(settled));
    this.running.add(settled);
    return result;
  }

  private async transact<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const runner = await this.begin();
    const session = new SqlSession(runner);
    try {
      const result = await work(session);
      await session.end();
      if (session.failure) throw session.failure;
      await runner.commitTransaction();
      return result;
    } catch (error) {
      await session.end();
      // The first failure is the cause; what came later is mostly "current transaction is aborted".
      await this.rollBack(runner);
      throw storeFault(error);
    } finally {
      await runner.release();
    }
  }

  /** A connection with a transaction begun. Nothing has happened yet, so a dead pooled connection is simply replaced. */
  private async begin(): Promise<QueryRunner> {
    for (let attempt = 1; ; attempt++) {
      const runner = this.dataSource.createQueryRunner();
      try {
        await runner.startTransaction();
        return runner;
      } catch (error) {
        await runner.release();
        if (attempt === 3) throw storeFault(error);
      }
    }
  }

  private async rollBack(runner: QueryRunner): Promise<void> {
    if (runner.isReleased || !runner.isTransactionActive) return;
    try {
      await runner.rollbackTransaction();
    } catch {
      // In an unknown state: it must not go back to the pool.
      const client = (await runner.connect()) as { end(): Promise<void> };
      await client.end().catch(() => {});
    }
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    const limit = new Promise<void>((resolve) => setTimeout(resolve, 10_000).unref());
    await Promise.race([Promise.all(this.running), limit]);
    await this.dataSource.destroy();
  }
}
