import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { Fault } from '@quaywatch/kernel';

/** A database for one test file. */
export interface TestDatabase {
  /** Connection string of its owner, a superuser of the test server. */
  readonly url: string;
  /** Removes the database and the roles that were made for it (`<database>_…`), whoever is still connected. */
  drop(): Promise<void>;
}

let server: Promise<string> | undefined;

/**
 * A fresh empty database on the real PostgreSQL that the test run starts when it is first asked for (about 2 s), or on
 * the server that `QUAYWATCH_TEST_DATABASE_URL` names. Throws Fault `TEST_DATABASE` outside a test run.
 */
export async function testDatabase(): Promise<TestDatabase> {
  server ??= serverUrl();
  const adminUrl = await server;
  const name = `qt_${randomBytes(5).toString('hex')}`;
  await asAdmin(adminUrl, (client) => client.query(`create database ${name}`));
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () =>
      asAdmin(adminUrl, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
        const { rows } = await client.query<{ role: string }>(
          'select rolname as role from pg_roles where starts_with(rolname, $1)',
          [`${name}_`],
        );
        // In one statement: one of them may have granted the others.
        const roles = rows.map(({ role }) => pg.escapeIdentifier(role)).join(', ');
        if (roles) await client.query(`drop role ${roles}`);
      }),
  };
}

async function serverUrl(): Promise<string> {
  const given = process.env['QUAYWATCH_TEST_DATABASE_URL'];
  if (given) return given;
  const broker = process.env['QUAYWATCH_TEST_DATABASE_BROKER'];
  if (!broker)
    throw new Fault('TEST_DATABASE', 'testDatabase() works in a jest run only (tools/jest/global-setup.mjs)');
  const response = await fetch(broker, { signal: AbortSignal.timeout(60_000), headers: { connection: 'close' } });
  const text = await response.text();
  if (!response.ok) throw new Fault('TEST_DATABASE', `the test database did not start: ${text}`);
  return text;
}

async function asAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
