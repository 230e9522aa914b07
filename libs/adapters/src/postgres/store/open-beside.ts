import { topicNames, type ServiceName } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { Queryable, ViewStore } from '@quaywatch/ports';
import pg from 'pg';
import { silentLogger, type PostgresLogger } from '../embedded/postgres-logger';
import { connect, type StorePool } from './connect';
import { PostgresViewStore } from './postgres-view-store';
import { besideSchema, serviceSchema } from './roles';

/** Which views are rebuilt beside the ones in use. */
export interface BesideOptions {
  /** URL of the service's own role. */
  readonly url: string;
  readonly service: ServiceName;
  /** Consumer → its tables. */
  readonly views: Readonly<Record<string, readonly string[]>>;
  /** Partitions of the log. */
  readonly partitions: number;
  /** What is being built, e.g. `condition` or `condition at 2026-…`: work under the same name is taken up again. */
  readonly name: string;
  /** Decisions about dead letters made later than this (ms) are not taken over; all when absent. */
  readonly asOf?: number;
  readonly logger?: PostgresLogger;
}

/** How the rebuilt rows of a table differ from the ones in use. */
export interface TableDifference {
  readonly table: string;
  /** Rows of the rebuilt table. */
  readonly rows: number;
  /** Rows in use that the rebuilt table does not have. */
  readonly gone: number;
  /** Rows of the rebuilt table that are not in use. */
  readonly added: number;
}

/** Position of each partition, key `topic partition`; offset of the next record. */
export type Positions = ReadonlyMap<string, number>;

/** Views being rebuilt beside the ones in use, in a schema of their own. */
export interface Beside {
  /** Sees the tables being rebuilt, and for the rest the service's own. */
  readonly store: ViewStore;
  /** True when earlier work under the same name goes on. */
  readonly resumed: boolean;
  /** Where the consumer in use stands. */
  livePositions(consumer: string): Promise<Positions>;
  /** Where the rebuilt view stands. */
  positions(consumer: string): Promise<Positions>;
  /**
   * Holds the consumer in use where it stands (readers go on), waits by `level` until the rebuilt view stands there
   * too, compares all rows, and with `swap` puts the rebuilt ones in place; all in one transaction.
   */
  finish(consumer: string, swap: boolean, level: (goal: Positions) => Promise<void>): Promise<TableDifference[]>;
  /** The rows of a rebuilt table as JSON texts, in an order that depends on their content only. */
  eachRow(table: string, take: (rows: readonly string[]) => Promise<void>): Promise<void>;
  /** Throws what was rebuilt away. */
  drop(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the schema for rebuilding and makes its tables, or takes up earlier work. Rejects as `postgresViewStore`. */
export async function openBeside(options: BesideOptions): Promise<Beside> {
  const { service } = options;
  const schema = serviceSchema(service);
  const logger = options.logger ?? silentLogger;
  const beside = besideSchema(service);
  const pool = await connect({
    url: options.url,
    service,
    schema,
    besideSchema: beside,
    migrations: {},
    logger,
    connections: 8,
    patience: 30_000,
  });
  const made = new PostgresBeside(pool, options, pg.escapeIdentifier(schema), pg.escapeIdentifier(beside));
  try {
    await made.prepare();
    return made;
  } catch (error) {
    await pool.close();
    throw error;
  }
}

const kept = ['consumer_position', 'consumer_replay', 'dead_letter'];

class PostgresBeside implements Beside {
  readonly store: ViewStore;
  resumed = false;

  constructor(
    private readonly pool: StorePool,
    private readonly options: BesideOptions,
    private readonly live: string,
    private readonly beside: string,
  ) {
    this.store = new PostgresViewStore(pool, options.service, serviceSchema(options.service));
  }

  async prepare(): Promise<void> {
    const { beside, live, options } = this;
    await this.pool.inTransaction(async (q) => {
      await q.query(`set local statement_timeout = 0; select pg_advisory_xact_lock(hashtextextended('${beside}', 0))`);
      await q.query(`create table if not exists ${beside}."~rebuild" (name text primary key)`);
      const [work] = await q.query<{ name: string }>(`select name from ${beside}."~rebuild"`);
      this.resumed = work?.name === options.name;
      if (this.resumed) return;
      await this.clear(q);
      await q.query(`create table ${beside}."~rebuild" (name text primary key)`);
      await q.query(`insert into ${beside}."~rebuild" values ($1)`, [options.name]);
      for (const table of [...kept, ...Object.values(options.views).flat()].map(pg.escapeIdentifier))
        await q.query(`create table ${beside}.${table} (like ${live}.${table} including all)`);
      const consumers = Object.keys(options.views);
      await q.query(
        `insert into ${beside}.consumer_replay
         select c, t, p, 9007199254740991 from unnest($1::text[]) c, unnest($2::text[]) t, generate_series(0, $3 - 1) p`,
        [consumers, topicNames, options.partitions],
      );
      await q.query(
        `insert into ${beside}.dead_letter overriding system value select * from ${live}.dead_letter
         where consumer = any($1) and state in ('released', 'discarded') and ($2::float8 is null or extract(epoch from changed_at) * 1000 <= $2)`,
        [consumers, options.asOf ?? null],
      );
      await q.query(`update ${beside}.dead_letter set again = true where state = 'released'`);
      await q.query(
        `select setval(pg_get_serial_sequence('${beside}.dead_letter', 'id'), coalesce((select max(id) from ${beside}.dead_letter), 0) + 1)`,
      );
    });
  }

  livePositions(consumer: string): Promise<Positions> {
    return this.pool.inTransaction((q) => positionsIn(q, this.live, consumer));
  }

  positions(consumer: string): Promise<Positions> {
    return this.pool.inTransaction((q) => positionsIn(q, this.beside, consumer));
  }

  async finish(consumer: string, swap: boolean, level: (goal: Positions) => Promise<void>): Promise<TableDifference[]> {
    const tables = this.options.views[consumer] ?? [];
    return this.pool.inTransaction(async (q) => {
      await q.query(`set local statement_timeout = 0; set local idle_in_transaction_session_timeout = '60s'`);
      // Waits for deliveries under way, which hold their position; the next ones wait for this.
      const goal = await positionsIn(q, this.live, consumer, 'for update');
      await this.sameDecisions(q, consumer);
      await level(goal);
      const differences: TableDifference[] = [];
      for (const table of tables) differences.push(await this.difference(q, table));
      if (!swap) return differences;
      for (const { table, gone, added } of differences) if (gone + added > 0) await this.put(q, table);
      await this.putLetters(q, consumer);
      return differences;
    });
  }

  eachRow(table: string, take: (rows: readonly string[]) => Promise<void>): Promise<void> {
    return this.pool.inTransaction(async (q) => {
      await q.query(`set local statement_timeout = 0; set local idle_in_transaction_session_timeout = '600s'`);
      await q.query(
        `declare found no scroll cursor for
         select to_jsonb(t)::text as json from ${this.beside}.${pg.escapeIdentifier(table)} t order by t::text collate "C"`,
      );
      for (;;) {
        const rows = await q.query<{ json: string }>('fetch 2000 from found');
        if (rows.length === 0) return;
        await take(rows.map((row) => row.json));
      }
    });
  }

  drop(): Promise<void> {
    return this.pool.inTransaction((q) => this.clear(q));
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async clear(q: Queryable): Promise<void> {
    const tables = await q.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c where c.relkind = 'r' and c.relnamespace = $1::regnamespace`,
      [this.beside],
    );
    for (const { name } of tables) await q.query(`drop table ${name} cascade`);
  }

  /** A decision made since the rebuild began would be missing in it. */
  private async sameDecisions(q: Queryable, consumer: string): Promise<void> {
    const decided = (schema: string): string =>
      `select id, state, released_at from ${schema}.dead_letter where consumer = $1 and state in ('released', 'discarded')`;
    const different = await q.query(
      `(${decided(this.live)} except ${decided(this.beside)}) union all (${decided(this.beside)} except ${decided(this.live)})`,
      [consumer],
    );
    if (different.length === 0) return;
    throw new Fault('REBUILD_OVERTAKEN', 'a dead letter was released or discarded meanwhile: start the rebuild again');
  }

  private async difference(q: Queryable, name: string): Promise<TableDifference> {
    const table = pg.escapeIdentifier(name);
    const lines = (schema: string): string => `select t::text from ${schema}.${table} t`;
    const [row] = await q.query<{ rows: string; gone: string; added: string }>(
      `select (select count(*) from ${this.beside}.${table}) as rows,
        (select count(*) from (${lines(this.live)} except all ${lines(this.beside)}) x) as gone,
        (select count(*) from (${lines(this.beside)} except all ${lines(this.live)}) x) as added`,
    );
    return { table: name, rows: Number(row?.rows), gone: Number(row?.gone), added: Number(row?.added) };
  }

  /** Only rows that differ are written: readers see the old ones until all is committed. */
  private async put(q: Queryable, name: string): Promise<void> {
    const table = pg.escapeIdentifier(name);
    const { live, beside } = this;
    await q.query(
      `delete from ${live}.${table} l where not exists (select from ${beside}.${table} s where s::text = l::text)`,
    );
    await q.query(
      `insert into ${live}.${table} overriding system value select s.* from ${beside}.${table} s
       where not exists (select from ${live}.${table} l where l::text = s::text)`,
    );
    const { gone, added } = await this.difference(q, name);
    if (gone + added === 0) return;
    // Equal rows that occur several times: only a whole replacement gets their number right.
    await q.query(`delete from ${live}.${table}`);
    await q.query(`insert into ${live}.${table} overriding system value select * from ${beside}.${table}`);
  }

  private async putLetters(q: Queryable, consumer: string): Promise<void> {
    const { live, beside } = this;
    const same = `s.consumer = l.consumer and s.topic = l.topic and s.partition = l.partition and s."offset" = l."offset"`;
    await q.query(
      `delete from ${live}.dead_letter l where consumer = $1 and state = 'waiting'
         and not exists (select from ${beside}.dead_letter s where ${same})`,
      [consumer],
    );
    await q.query(
      `insert into ${live}.dead_letter (consumer, topic, partition, "offset", event, reason, attempts, org, stack)
       select consumer, topic, partition, "offset", event, reason, attempts, org, stack from ${beside}.dead_letter s
       where consumer = $1 and state = 'waiting' and not exists (select from ${live}.dead_letter l where ${same})`,
      [consumer],
    );
  }
}

async function positionsIn(q: Queryable, schema: string, consumer: string, lock = ''): Promise<Positions> {
  const rows = await q.query<{ topic: string; partition: number; next: string }>(
    `select topic, partition, next from ${schema}.consumer_position where consumer = $1 order by topic, partition ${lock}`,
    [consumer],
  );
  return new Map(rows.map((row) => [`${row.topic} ${row.partition}`, Number(row.next)]));
}
