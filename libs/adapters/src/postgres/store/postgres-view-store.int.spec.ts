import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Row, ViewStore } from '@quaywatch/ports';
import {
  factLogContract,
  factLogContractService,
  FakeEventLog,
  viewStoreContract,
  viewStoreContractMigrations,
  waitUntil,
} from '@quaywatch/ports/testing';
import { testDatabase, type TestDatabase } from '@quaywatch/testing';
import { postgresViewStore } from './postgres-view-store';
import { prepareService } from './prepare-service';
import { readerRole, serviceRole } from './roles';

const password = (): string => randomBytes(16).toString('hex');
const databaseOf = (database: TestDatabase): string => new URL(database.url).pathname.slice(1);

async function asAdmin(database: TestDatabase, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

viewStoreContract('PostgreSQL', async () => {
  const database = await testDatabase();
  const url = await prepareService(database.url, 'alerting', password());
  const open = () => postgresViewStore({ url, service: 'alerting', migrations: viewStoreContractMigrations });
  // Two instances that start at once: migrations run once.
  const [store, other] = await Promise.all([open(), open()]);
  return {
    store,
    other,
    close: async () => {
      await Promise.all([store.close(), other.close()]);
      await database.drop();
    },
  };
});

factLogContract('PostgreSQL', async () => {
  const database = await testDatabase();
  const url = await prepareService(database.url, factLogContractService, password());
  const store = await postgresViewStore({ url, service: factLogContractService, migrations: {} });
  const eventLog = new FakeEventLog();
  const relay = async (after: () => void): Promise<void> => {
    const send: Parameters<ViewStore['takeOutbox']>[1] = async (entries) => {
      for (const { seq, topic, event } of entries) {
        await eventLog.append(topic, [{ event, outbox: { owner: factLogContractService, seq } }]);
      }
      after();
    };
    while ((await store.takeOutbox(500, send)) > 0);
  };
  return {
    factLog: {
      append: (...args) => store.transact((tx) => tx.facts.append(...args)),
      read: (stream) => store.transact((tx) => tx.facts.read(stream)),
    },
    eventLog,
    settle: () => relay(() => {}),
    simulateRelayCrash: () =>
      relay(() => {
        throw new Error('killed');
      }).catch(() => {}),
    close: async () => {
      await eventLog.close();
      await store.close();
      await database.drop();
    },
  };
});

describe('postgresViewStore', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  }, 60_000);
  afterAll(() => database.drop());

  const open = async (migrations: Record<string, string> = {}): Promise<ViewStore> =>
    postgresViewStore({ url: await prepareService(database.url, 'fleet', password()), service: 'fleet', migrations });

  it('gives each service a role that owns its schema and cannot read another', async () => {
    const fleet = await open({ '0001-crane.sql': 'create table crane (org text not null, id text primary key)' });
    const alerting = await postgresViewStore({
      url: await prepareService(database.url, 'alerting', password()),
      service: 'alerting',
      migrations: {},
    });
    await fleet.transact((tx) => tx.query(`insert into crane values ('org_a', '1')`));
    for (const sql of [
      'select * from fleet.crane',
      'select * from fleet.event',
      'create table fleet.x (id int)',
      'create table public.x (id int)',
      'create schema x',
      'create temp table x (id int)',
    ]) {
      await expect(alerting.transact((tx) => tx.query(sql))).rejects.toMatchObject({ code: 'STORE_DENIED' });
    }
    await expect(
      alerting.transact((tx) => tx.query(`set role ${readerRole('fleet', databaseOf(database))}`)),
    ).rejects.toMatchObject({ code: 'STORE_DENIED' });
    const [role] = await asAdmin(
      database,
      `select * from pg_roles where rolname = '${serviceRole('fleet', databaseOf(database))}'`,
    );
    expect(role).toMatchObject({
      rolsuper: false,
      rolcreatedb: false,
      rolcreaterole: false,
      rolbypassrls: false,
      rolreplication: false,
    });
    await Promise.all([fleet.close(), alerting.close()]);
  });

  it('refuses to change or remove facts, also to their owner', async () => {
    const store = await open();
    const stream = 'crane-1';
    const data = { crane: 'crn_1', number: '1', terminal: 'ter_1', type: 'sts' };
    await store.transact((tx) =>
      tx.facts.append(stream, 0, [
        { id: 'evt_1', type: 'crane-created', v: 1, org: 'org_a', key: 'crn_1', time: 1, data },
      ]),
    );
    for (const sql of [
      `update event set event = '{}'`,
      'delete from event',
      'truncate event',
      'delete from event where false',
    ]) {
      await expect(store.transact((tx) => tx.query(sql))).rejects.toMatchObject({ code: 'STORE_DENIED' });
    }
    expect(await store.transact((tx) => tx.facts.read(stream))).toHaveLength(1);
    await store.close();
  });

  it('runs a migration once, in order of number, and secures rows of tables that come later', async () => {
    const first = { '0001-base.sql': 'create table spreader (org text not null, id text primary key)' };
    const second = {
      '0010-later.sql': 'alter table berth add column name text',
      '0002-berth.sql': `create table berth (org text not null, id text primary key); insert into berth values ('org_a', '1'), ('org_b', '2')`,
    };
    await (await open(first)).close();
    const store = await open({ ...first, ...second });
    expect(await store.readAs('org_b', (q) => q.query('select * from berth'))).toEqual([
      { org: 'org_b', id: '2', name: null },
    ]);
    await store.close();
    const again = await open({ ...first, ...second });
    expect(await again.transact((tx) => tx.query('select count(*)::int as n from berth'))).toEqual([{ n: 2 }]);
    await again.close();
  });

  it('closes a table to the reader when its rows belong to no organisation any more', async () => {
    const first = { '0020-yard.sql': 'create table yard (org text not null, id text primary key)' };
    const store = await open(first);
    await store.readAs('org_a', (q) => q.query('select * from yard'));
    await store.close();
    const next = await open({
      ...first,
      '0021-yard.sql': 'drop view if exists v; alter table yard drop column org cascade',
    });
    await expect(next.readAs('org_a', (q) => q.query('select * from yard'))).rejects.toMatchObject({
      code: 'STORE_DENIED',
    });
    await next.close();
  });

  it('rolls a failed migration back and names it', async () => {
    const bad = { '0030-bad.sql': 'create table half (id int); select nonsense' };
    await expect(open(bad)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringMatching(/0030-bad.sql: .*nonsense/),
    });
    const store = await open({ '0030-bad.sql': 'create table half (id int)' });
    await store.close();
    await expect(open({ 'init.sql': '' })).rejects.toMatchObject({ code: 'MIGRATION_NAME' });
    await expect(open({ '0001-a.sql': '', '0001-b.sql': '' })).rejects.toMatchObject({ code: 'MIGRATION_NAME' });
  });

  it('says so when nobody prepared the database', async () => {
    const url = await prepareService(database.url, 'ingest', password());
    await asAdmin(database, 'drop schema ingest cascade');
    await expect(postgresViewStore({ url, service: 'ingest', migrations: {} })).rejects.toMatchObject({
      code: 'STORE_NOT_PREPARED',
    });
  });

  it('fails the transaction under way when its connection dies, and goes on with the next', async () => {
    const store = await open();
    const kill = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'quaywatch-fleet' and datname = current_database()`;
    const cut = store.transact(async (tx) => {
      await tx.query('select 1');
      await asAdmin(database, kill);
      await tx.query('select 2');
    });
    await expect(cut).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    // Idle connections die too; nobody is there to catch their error.
    await Promise.all(Array.from({ length: 5 }, () => store.transact((tx) => tx.query('select 1'))));
    await asAdmin(database, kill);
    expect(await store.transact((tx) => tx.query('select 3 as three'))).toEqual([{ three: 3 }]);
    await store.close();
    await expect(store.transact((tx) => tx.query('select 1'))).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  });

  it('waits for a database that is not there yet, but not for ever', async () => {
    const url = await prepareService(database.url, 'fleet', password());
    const dead = new URL(url);
    dead.port = '1';
    const never = postgresViewStore({ url: dead.href, service: 'fleet', migrations: {}, patience: 300 });
    await expect(never).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await asAdmin(database, `alter role ${serviceRole('fleet', databaseOf(database))} connection limit 0`);
    const waits: string[] = [];
    const logger = { info: () => {}, warn: (_: object, message: string) => void waits.push(message), error: () => {} };
    const opening = postgresViewStore({ url, service: 'fleet', migrations: {}, logger });
    await waitUntil('the store waits', () => waits.includes('waiting for the database'));
    await asAdmin(database, `alter role ${serviceRole('fleet', databaseOf(database))} connection limit 100`);
    const store = await opening;
    expect(await store.transact((tx) => tx.query('select 1 as one'))).toEqual([{ one: 1 }]);
    await store.close();
  });

  it('lets go within bounds: close() waits for work under way', async () => {
    const store = await open({ '0040-slow.sql': 'create table slow (id int)' });
    const work = store.transact((tx) => tx.query('insert into slow select 1 from pg_sleep(0.3)'));
    await store.close();
    await work;
    expect(await asAdmin(database, 'select id from fleet.slow')).toEqual([{ id: 1 }]);
  });
});

describe('prepareService', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  }, 60_000);
  afterAll(() => database.drop());

  it('can be called again and at once, and changes the password', async () => {
    const passwords = [password(), password()];
    const urls = await Promise.all(
      ['fleet', 'ingest', 'fleet', 'condition-analysis', 'audit-log'].map((service) =>
        prepareService(database.url, service, passwords[0]!),
      ),
    );
    expect(new Set(urls).size).toBe(4);
    const next = await prepareService(database.url, 'fleet', passwords[1]!);
    await connects(next);
    await expect(connects(urls[0]!)).rejects.toThrow(/password authentication failed/);
    await expect(prepareService(database.url, 'fleet', 'short')).rejects.toMatchObject({ code: 'STORE_PASSWORD' });
    await expect(prepareService(database.url, 'drop table', passwords[0]!)).rejects.toMatchObject({
      code: 'STORE_NAME',
    });
  });

  it('keeps the password out of the server: only its verifier is stored', async () => {
    const secret = password();
    await prepareService(database.url, 'fleet', secret);
    const rows = await asAdmin(
      database,
      `select rolpassword from pg_authid where rolname = '${serviceRole('fleet', databaseOf(database))}'`,
    );
    expect(rows[0]?.['rolpassword']).toMatch(/^SCRAM-SHA-256\$4096:/);
  });

  it('works for an administrator who is no superuser', async () => {
    const name = databaseOf(database);
    const own = await testDatabase();
    const admin = `${databaseOf(own)}_admin`;
    await asAdmin(own, `create role ${admin} login createrole password 'an-admin-password'`);
    await asAdmin(own, `alter database ${databaseOf(own)} owner to ${admin}`);
    const adminUrl = new URL(own.url);
    adminUrl.username = admin;
    adminUrl.password = 'an-admin-password';
    for (const attempt of [1, 2]) {
      const url = await prepareService(adminUrl.href, 'fleet', password());
      const store = await postgresViewStore({
        url,
        service: 'fleet',
        migrations: { '0001-a.sql': 'create table a (org text not null)' },
      });
      expect(await store.readAs('org_a', (q) => q.query('select * from a'))).toEqual([]);
      await store.close();
      expect(attempt).toBeLessThan(3);
    }
    expect(name).not.toBe(databaseOf(own));
    await own.drop();
  });

  it('lets the service use the event log when its role is there', async () => {
    const log = `${databaseOf(database)}_log`;
    await asAdmin(database, `create role ${log} nologin; create table seen (id int); grant select on seen to ${log}`);
    const url = await prepareService(database.url, 'alerting', password());
    await connects(url, 'select * from public.seen');
  });
});

async function connects(url: string, sql = 'select 1'): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
