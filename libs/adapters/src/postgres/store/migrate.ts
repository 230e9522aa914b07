import { describeError, Fault } from '@quaywatch/kernel';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { readerRole } from './roles';
import { secureRows } from './row-security';
import { runtimeMigrations } from './runtime-tables';
import { storeFault } from './store-fault';

type MigrationClass = new () => MigrationInterface;

/**
 * TypeORM migrations from SQL files, the store's own first. File names are `0001-what.sql` with rising numbers, each
 * used once; else throws Fault `MIGRATION_NAME`.
 */
export function migrationClasses(files: Readonly<Record<string, string>>): MigrationClass[] {
  return [...classesOf(runtimeMigrations, 'store', 1_000_000), ...classesOf(files, 'service', 2_000_000)];
}

function classesOf(files: Readonly<Record<string, string>>, kind: string, from: number): MigrationClass[] {
  const seen = new Map<number, string>();
  return Object.entries(files).map(([file, sql]) => {
    const match = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file);
    if (!match) throw new Fault('MIGRATION_NAME', `migration ${file}: the name must look like 0001-what.sql`);
    const number = Number(match[1]);
    const twin = seen.get(number);
    if (twin) throw new Fault('MIGRATION_NAME', `migrations ${twin} and ${file} have the same number`);
    seen.set(number, file);
    // TypeORM orders by the last 13 characters, which it wants to be a time stamp.
    const name = `${kind} ${file} ${String(from + number).padStart(13, '0')}`;
    return class implements MigrationInterface {
      readonly name = name;
      async up(runner: QueryRunner): Promise<void> {
        try {
          await runner.query('set local statement_timeout = 0');
          await runner.query(sql);
        } catch (error) {
          const fault = storeFault(error);
          if (fault instanceof Fault && fault.retryable) throw fault;
          throw new Fault('MIGRATION_FAILED', `migration ${file}: ${describeError(fault)}`, { cause: fault });
        }
      }
      down(): Promise<void> {
        throw new Fault('MIGRATION_DOWN', 'migrations only go forward');
      }
    };
  });
}

const lockSql = `select pg_advisory_lock(hashtextextended('quaywatch.migrate ' || $1, 0))`;
const unlockSql = `select pg_advisory_unlock(hashtextextended('quaywatch.migrate ' || $1, 0))`;

/** Runs what is missing of the migrations, each in its own transaction, then row security; one process at a time. */
export async function migrate(dataSource: DataSource, service: string, schema: string): Promise<void> {
  const guard = dataSource.createQueryRunner();
  try {
    const [{ database }] = (await guard.query('select current_database() as database')) as [{ database: string }];
    const reader = readerRole(service, database);
    await requirePrepared(guard, service, schema, reader);
    await guard.query(lockSql, [schema]);
    try {
      await dataSource.runMigrations({ transaction: 'each' });
      await secureRows(guard, schema, reader);
    } finally {
      await guard.query(unlockSql, [schema]).catch(() => {});
    }
  } finally {
    await guard.release();
  }
}

async function requirePrepared(runner: QueryRunner, service: string, schema: string, reader: string): Promise<void> {
  const rows = (await runner.query(
    `select (select count(*) from pg_namespace where nspname = $1)::int as schemas, (select count(*) from pg_roles where rolname = $2)::int as roles`,
    [schema, reader],
  )) as { schemas: number; roles: number }[];
  if (rows[0]?.schemas === 1 && rows[0].roles === 1) return;
  throw new Fault(
    'STORE_NOT_PREPARED',
    `the schema or the roles of ${service} are missing: prepareService must run first, as an administrator`,
  );
}
