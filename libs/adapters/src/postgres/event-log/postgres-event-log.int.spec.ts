import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventEnvelope } from '@quaywatch/contracts';
import { eventLogContract, factLogContract, waitUntil } from '@quaywatch/ports/testing';
import { testDatabase, type TestDatabase } from '@quaywatch/testing';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { relayedFactLog } from '../../event-log/relayed-fact-log';
import { startEmbeddedPostgres } from '../embedded';
import { logSchema, migrateEventLog } from './migrate-event-log';
import { postgresEventLog } from './postgres-event-log';

const partitions = 4;

/** Migrates and makes a login as a service has one: member of quaywatch_log, nothing else. */
async function prepare(adminUrl: string): Promise<string> {
  await Promise.all([migrateEventLog(adminUrl), migrateEventLog(adminUrl)]);
  const url = new URL(adminUrl);
  url.username = `${url.pathname.slice(1)}_service`;
  url.password = 'service';
  await sql(adminUrl, `create role ${url.username} login password 'service' in role quaywatch_log`);
  return url.href;
}

async function sql(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

// Once with what its readers find at hand, once with all of it read from the database.
describe.each([undefined, 0])('bytes at hand: %s', (tailBytes) =>
  eventLogContract('PostgreSQL', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'quaywatch-log-'));
    await chmod(dataDir, 0o711);
    let server = await startEmbeddedPostgres({ dataDir });
    const url = await prepare(server.url);
    return {
      open: async () =>
        postgresEventLog({ url, partitions, appendTimeout: 2000, ...(tailBytes === undefined ? {} : { tailBytes }) }),
      outage: async () => {
        process.kill(server.pid, 'SIGKILL');
        await server.stop();
        return async () => {
          server = await startEmbeddedPostgres({ dataDir, port: Number(new URL(url).port) });
        };
      },
      close: async () => {
        await server.stop();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  }),
);

factLogContract('PostgreSQL store, log in PostgreSQL', async () => {
  const database = await testDatabase();
  await migrateEventLog(database.url);
  return relayedFactLog(database, (url) => postgresEventLog({ url, partitions }));
});

describe('event log in PostgreSQL', () => {
  let server: TestDatabase;
  let url: string;

  beforeAll(async () => {
    server = await testDatabase();
    url = await prepare(server.url);
  }, 60_000);
  afterAll(() => server?.drop());

  const event = (key: string, n: number): EventEnvelope => ({
    id: `evt_${key}${n}`,
    type: 'samples-received',
    v: 1,
    source: 'ingest',
    org: 'org_1',
    key,
    time: 1,
    data: { n },
  });

  it('can be migrated again without harm', async () => {
    const log = postgresEventLog({ url, partitions });
    await log.append('audit', [{ event: event('a', 1) }]);
    await migrateEventLog(server.url);
    expect((await log.endOffsets('audit')).reduce((sum, end) => sum + end, 0)).toBe(1);
    await log.close();
  });

  it.each([
    `update log.record set event = '{}'`,
    `delete from log.record`,
    `update log.head set next_offset = 0`,
    `delete from log.head`,
    `truncate log.record`,
    `truncate log.head`,
  ])('refuses the service and the administrator: %s', async (statement) => {
    const log = postgresEventLog({ url, partitions });
    await log.append('audit', [{ event: event('b', 1) }]);
    await log.close();
    await expect(sql(url, statement)).rejects.toMatchObject({ code: '42501' });
    await expect(sql(server.url, statement)).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('append-only'),
    });
  });

  it.each([
    `alter table log.record disable trigger append_only`,
    `drop trigger append_only on log.record`,
    `drop table log.record`,
    `drop schema log cascade`,
    `create or replace function log.refuse_change() returns trigger language plpgsql as 'begin return new; end'`,
    `set session_replication_role = replica`,
    `update log.schema_version set version = 1`,
  ])('lets a service not take the guard away: %s', async (statement) => {
    await expect(sql(url, statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('says so when its schema is older than this build, and goes on once it is prepared', async () => {
    const own = await testDatabase();
    const login = await prepare(own.url);
    await sql(own.url, 'drop table log.schema_version');
    const told: string[] = [];
    const quiet = (): void => undefined;
    const log = postgresEventLog({
      url: login,
      partitions,
      appendTimeout: 500,
      logger: { debug: quiet, info: quiet, error: quiet, warn: (fields) => void told.push(JSON.stringify(fields)) },
    });
    await expect(log.append('audit', [{ event: event('v', 1) }])).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
      retryable: true,
    });
    expect(told.join()).toContain('run quaywatch prepare first');
    await migrateEventLog(own.url);
    await waitUntil('an append', () =>
      log.append('audit', [{ event: event('v', 2) }]).then(
        () => true,
        () => false,
      ),
    );
    await log.close();
    await own.drop();
  });

  it('refuses a schema that a later build has made unreadable for this one; a compatible one is used', async () => {
    const own = await testDatabase();
    const login = await prepare(own.url);
    const later = (least: number): Promise<unknown> =>
      sql(own.url, `update log.schema_version set version = ${logSchema.version + 5}, least = ${least}`);
    await later(logSchema.version);
    const compatible = postgresEventLog({ url: login, partitions });
    await compatible.append('audit', [{ event: event('v', 1) }]);
    await compatible.close();
    await later(logSchema.version + 1);
    const old = postgresEventLog({ url: login, partitions, appendTimeout: 1000 });
    await expect(old.append('audit', [{ event: event('v', 2) }])).rejects.toMatchObject({
      code: 'LOG_TOO_NEW',
      retryable: false,
    });
    // An older build that prepares again, as after a roll-back, does not make the log look older.
    await migrateEventLog(own.url);
    expect(await sql(own.url, 'select version, least from log.schema_version')).toEqual([
      { version: logSchema.version + 5, least: logSchema.version + 1 },
    ]);
    await old.close();
    await own.drop();
  });

  it('refuses another number of partitions than the log was begun with', async () => {
    const log = postgresEventLog({ url, partitions: partitions + 1 });
    await expect(log.append('audit', [{ event: event('c', 1) }])).rejects.toMatchObject({
      code: 'LOG_PARTITIONS_CHANGED',
      retryable: false,
    });
    const faults: unknown[] = [];
    const handle = await log.subscribe({
      group: 'g',
      topics: ['audit'],
      startAt: async () => 0,
      onBatch: async () => undefined,
      onFault: (fault) => faults.push(fault),
    });
    await waitUntil('the reader is told', () => faults.length > 0);
    expect(faults[0]).toMatchObject({ code: 'LOG_PARTITIONS_CHANGED' });
    await handle.stop();
    await log.close();
  });

  it('does not deliver when the position is beyond the end of the log', async () => {
    const log = postgresEventLog({ url, partitions });
    const faults: unknown[] = [];
    const handle = await log.subscribe({
      group: 'beyond',
      topics: ['fleet'],
      startAt: async () => 5,
      onBatch: async () => undefined,
      onFault: (fault) => faults.push(fault),
    });
    await waitUntil('the reader is told', () => faults.length > 0);
    expect(faults[0]).toMatchObject({ code: 'LOG_BEHIND_POSITION' });
    await handle.stop();
    await log.close();
  });

  describe('topics that are not kept for ever', () => {
    const topic = 'da.telemetry';
    const appendAll = async (log: ReturnType<typeof postgresEventLog>, from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n += 30)
        await log.append(
          topic,
          Array.from({ length: Math.min(30, to - n) }, (_, i) => ({ event: event('one-key', n + i) })),
        );
    };
    const chunks = (): Promise<Record<string, unknown>[]> =>
      sql(
        server.url,
        `select first_offset::int as first, end_offset::int as end from log.chunk where topic = '${topic}' order by 1`,
      );
    const read = async (log: ReturnType<typeof postgresEventLog>, until: number): Promise<number[]> => {
      const seen: number[] = [];
      const handle = await log.subscribe({
        group: `read-${until}-${Math.random()}`,
        topics: [topic],
        startAt: async () => 0,
        onBatch: async ({ records }) => void seen.push(...records.map(({ offset }) => offset)),
      });
      await waitUntil('all is read', () => seen.at(-1) === until - 1);
      await handle.stop();
      return seen;
    };
    const offsets = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

    it('are stored in chunks; those out of their time are dropped, all else is kept, and reading goes on', async () => {
      await sql(server.url, `update log.retention set chunk = 100 where topic = '${topic}'`);
      const log = postgresEventLog({ url, partitions, tailBytes: 0 });
      await appendAll(log, 0, 350);
      expect(await chunks()).toEqual([0, 100, 200, 300].map((first) => ({ first, end: first + 100 })));
      expect(await read(log, 350)).toEqual(offsets(0, 350));
      expect(await sql(url, 'select * from log.drop_old()')).toEqual([]);
      await sql(
        server.url,
        `set session_replication_role = replica;
         update log.record set at = at - interval '91 days' where topic = '${topic}' and "offset" < 250`,
      );
      const dropped = await sql(url, 'select first_offset::int as first, end_offset::int as end from log.drop_old()');
      // The third chunk still has records of today. The append of 180 to 209 is in the chunk of its first record.
      expect(dropped).toEqual([
        { first: 0, end: 100 },
        { first: 100, end: 200 },
      ]);
      expect(await read(log, 350)).toEqual(offsets(210, 350));
      await appendAll(log, 350, 640);
      expect(await read(log, 640)).toEqual(offsets(210, 640));
      await log.close();
    });

    it('cannot be shortened by a service, and facts are never dropped', async () => {
      for (const statement of [
        `update log.retention set days = 1`,
        `insert into log.retention values ('audit', 1, 1)`,
        `select log.add_chunk('audit', 0, 0, 1)`,
        `drop table log."record ${topic}"`,
      ])
        await expect(sql(url, statement)).rejects.toMatchObject({ code: '42501' });
      await expect(sql(url, `select log.make_room('audit', 0)`)).rejects.toThrow();
      await expect(sql(url, `select log.make_room('${topic}', 99)`)).rejects.toThrow('no partition');
      const kept = await sql(server.url, `select topic from log.retention order by 1`);
      expect(kept).toEqual([{ topic: topic }, { topic: 'dm.moves' }, { topic: 'ha.health' }, { topic: 'usage' }]);
    });

    it('take over the rows of a table of before', async () => {
      const old = await testDatabase();
      const service = await prepare(old.url);
      await sql(
        old.url,
        `drop table log."record ${topic}"; delete from log.chunk; delete from log.retention where topic = '${topic}';
         create table log."record ${topic}" partition of log.record for values in ('${topic}')`,
      );
      const log = postgresEventLog({ url: service, partitions });
      await appendAll(log, 0, 90);
      expect(await sql(old.url, 'select * from log.chunk')).toEqual([]);
      await migrateEventLog(old.url);
      await appendAll(log, 90, 130);
      expect(await read(log, 130)).toEqual(offsets(0, 130));
      await log.close();
      await old.drop();
    });
  });

  it('reads on from rows of before, which have one event each, and from the middle of an append', async () => {
    const old = await testDatabase();
    const service = await prepare(old.url);
    const log = postgresEventLog({ url: service, partitions: 1 });
    const append = (from: number, count: number): Promise<void> =>
      log.append(
        'audit',
        Array.from({ length: count }, (_, i) => ({ event: event('k', from + i) })),
      );
    await append(0, 5);
    // As the release before wrote them.
    for (const n of [5, 6])
      await sql(
        service,
        `with place as (update log.head set next_offset = next_offset + 1 where topic = 'audit' returning next_offset)
         insert into log.record (topic, partition, "offset", key, event, bytes, outbox_owner, outbox_seq)
         select 'audit', 0, next_offset - 1, 'k', '${JSON.stringify(event('k', n))}', 300, 'fleet', ${n} from place`,
      );
    await append(7, 3);
    expect(await sql(service, `select count(*)::int as n from log.record`)).toEqual([{ n: 4 }]);
    expect(await sql(service, `select array_agg("offset"::int order by "offset") as all from log.event`)).toEqual([
      { all: Array.from({ length: 10 }, (_, n) => n) },
    ]);
    for (const from of [0, 3, 5, 6, 8]) {
      const seen: [number, number, number | undefined][] = [];
      const handle = await log.subscribe({
        group: `from-${from}`,
        topics: ['audit'],
        maxBatch: 2,
        startAt: async () => from,
        onBatch: async ({ records }) => {
          expect(records.length).toBeLessThanOrEqual(2);
          for (const { offset, event: read, outbox } of records)
            seen.push([offset, (read as EventEnvelope<{ n: number }>).data.n, outbox?.seq]);
        },
      });
      await waitUntil('all is read', () => seen.at(-1)?.[0] === 9);
      await handle.stop();
      const expected = Array.from({ length: 10 - from }, (_, i) => from + i);
      expect(seen).toEqual(expected.map((n) => [n, n, n === 5 || n === 6 ? n : undefined]));
    }
    await log.close();
    await old.drop();
  });

  it('hands partitions over when the connection of an instance is cut', async () => {
    const [first, second] = [postgresEventLog({ url, partitions }), postgresEventLog({ url, partitions })];
    const seen: string[] = [];
    const consume = (log: typeof first, name: string) =>
      log.subscribe({
        group: 'cut',
        topics: ['devices'],
        startAt: async () => 0,
        onBatch: async ({ partition }) => void seen.push(`${name}${partition}`),
      });
    await consume(first, 'a');
    await first.append(
      'devices',
      Array.from({ length: 32 }, (_, n) => ({ event: event(`device${n}`, n) })),
    );
    await waitUntil('the first instance reads all partitions', () => new Set(seen).size === partitions);
    await sql(
      server.url,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'quaywatch log listen' and datname = current_database()`,
    );
    seen.length = 0;
    await consume(second, 'b');
    // Both are back or new: all partitions are read again from the start, each by one of them.
    await waitUntil(
      'all partitions are read again',
      () => new Set(seen.map((name) => name.slice(1))).size === partitions,
    );
    await Promise.all([first.close(), second.close()]);
    expect(
      await sql(
        server.url,
        `select count(*)::int as n from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
      ),
    ).toEqual([{ n: 0 }]);
    expect(
      await sql(
        server.url,
        `select count(*)::int as n from pg_stat_activity where application_name like 'quaywatch log%' and datname = current_database()`,
      ),
    ).toEqual([{ n: 0 }]);
  });
});
