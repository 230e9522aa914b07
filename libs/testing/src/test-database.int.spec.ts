import { afterAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { testDatabase, type TestDatabase } from './test-database';

describe('testDatabase', () => {
  const databases: TestDatabase[] = [];
  const fresh = async (): Promise<TestDatabase> => {
    const database = await testDatabase();
    databases.push(database);
    return database;
  };
  afterAll(() => Promise.all(databases.map((database) => database.drop())));

  it('gives each caller an empty database of its own on a real PostgreSQL', async () => {
    const [one, two] = await Promise.all([fresh(), fresh()]);
    expect(one.url).not.toBe(two.url);
    await inside(one.url, (client) => client.query('create table only_here (id int)'));
    const tables = await inside(two.url, (client) => client.query(`select from pg_tables where schemaname = 'public'`));
    expect(tables.rowCount).toBe(0);
  });

  it('drop() removes the database and its roles even while somebody is connected', async () => {
    const database = await testDatabase();
    const name = new URL(database.url).pathname.slice(1);
    const client = new pg.Client({ connectionString: database.url });
    const cut = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await client.query(`create role ${name}_somebody`);
    await database.drop();
    await cut;
    await expect(inside(database.url, (c) => c.query('select 1'))).rejects.toThrow(/does not exist/);
    const other = await fresh();
    const roles = await inside(other.url, (c) =>
      c.query('select from pg_roles where starts_with(rolname, $1)', [name]),
    );
    expect(roles.rowCount).toBe(0);
  });
});

async function inside<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
