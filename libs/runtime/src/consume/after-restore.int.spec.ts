import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { EventEnvelope } from '@quaywatch/contracts';
import { done, keyId, type Outcome } from '@quaywatch/kernel';
import { Client } from 'pg';
import { z } from 'zod';
import { defineService, noteSentBefore, OnEvents, type EventBatch } from '../index';
import { TestServices } from '../testing';

/** Says a fact for each event of a device, as the analysis does: its id follows from what caused it. */
@Controller()
class CranesController {
  @OnEvents('speaker', 'da.telemetry')
  async onDevices(@Payload() batch: EventBatch): Promise<Outcome> {
    for (const { id } of batch.events) await say(batch, id);
    return done;
  }

  /** Counts each fact: what comes twice is seen. */
  @OnEvents('counter', 'fleet')
  async onFleet(@Payload() batch: EventBatch): Promise<Outcome> {
    for (const { id, org } of batch.events)
      await batch.tx.query(
        'insert into counted values ($1, $2, 1) on conflict (id) do update set times = counted.times + 1',
        [org, id],
      );
    return done;
  }
}

async function say({ tx }: Pick<EventBatch, 'tx'>, cause: string): Promise<void> {
  const crane = `crn_${cause}`;
  const fact = { type: 'crane-created', v: 1, org: 'org_test', key: crane, time: 1 } as const;
  const data = { crane, number: cause, terminal: 'ter_1', type: 'sts' };
  await tx.facts.append(`crane-${cause}`, 0, [{ ...fact, id: keyId('event', 'crane', cause), data }]);
}

@Module({ controllers: [CranesController] })
class CranesModule {}

const cranes = defineService({
  name: 'fleet',
  doc: 'A small service.',
  config: z.object({}),
  migrations: { '0001-init.sql': 'create table counted (org text not null, id text primary key, times int not null)' },
  views: { counter: ['counted'] },
  store: true,
  module: CranesModule,
});

describe('a database restored from a backup under a log that is ahead of it', () => {
  let services: TestServices;
  let admin: Client;
  beforeAll(async () => {
    services = await TestServices.start([cranes]);
    admin = new Client({ connectionString: services.databaseUrl });
    await admin.connect();
  }, 60_000);
  afterAll(async () => {
    await admin?.end();
    await services?.stop();
  }, 60_000);

  const device = async (...names: string[]): Promise<void> => {
    for (const id of names) {
      const event: EventEnvelope = {
        ...{ id, type: 'device-connected', v: 1, source: 'ingest', org: 'org_test', key: 'one', time: 1 },
        data: { btu: 'BTU-1', spreader: null, address: '192.0.2.1' },
      };
      await services.log.append('da.telemetry', [{ event }]);
    }
  };
  const counted = async (): Promise<Record<string, number>> => {
    const { rows } = await admin.query<{ id: string; times: number }>('select id, times from fleet.counted');
    return Object.fromEntries(rows.map(({ id, times }) => [id, times]));
  };
  const once = (...names: string[]): Record<string, number> =>
    Object.fromEntries(names.map((name) => [keyId('event', 'crane', name), 1]));
  const tables = ['stream_head', 'event', 'outbox', 'outbox_head', 'consumer_position', 'counted'];

  it('sends nothing twice that a replay says again, and nothing new is taken for a repetition', async () => {
    await device('a', 'b');
    // By a person, not by a device: a replay does not say it again.
    await services.store('fleet').transact((tx) => say({ tx }, 'by-hand-1'));
    const first = once('a', 'b', 'by-hand-1');
    await services.until(async () => Object.keys(await counted()).length === 3);
    expect(await counted()).toEqual(first);
    await admin.query('create schema backup');
    for (const table of tables) await admin.query(`create table backup.${table} as table fleet.${table}`);

    await device('c');
    for (const name of ['by-hand-2', 'by-hand-3']) await services.store('fleet').transact((tx) => say({ tx }, name));
    await device('d');
    const all = { ...first, ...once('c', 'd', 'by-hand-2', 'by-hand-3') };
    await services.until(async () => Object.keys(await counted()).length === 7);
    await services.stopOne('fleet');

    await admin.query('begin; set local session_replication_role = replica');
    for (const table of tables) {
      await admin.query(`delete from fleet.${table}`);
      await admin.query(`insert into fleet.${table} overriding system value table backup.${table}`);
    }
    await admin.query('commit');

    const ahead = await noteSentBefore('fleet', services.store('fleet'), services.log);
    expect(ahead.events).toBe(4);
    expect(await noteSentBefore('fleet', services.store('fleet'), services.log)).toMatchObject({ from: ahead.from });
    await services.startOne(cranes);
    await device('e');
    await services.store('fleet').transact((tx) => say({ tx }, 'by-hand-4'));
    const wanted = { ...all, ...once('e', 'by-hand-4') };
    await services.until(async () => Object.keys(await counted()).length >= 9);
    const level = async (): Promise<boolean> => {
      const ends = await services.log.endOffsets('fleet');
      const { rows } = await admin.query<{ next: string }>(
        `select sum(next) as next from fleet.consumer_position where consumer = 'counter'`,
      );
      const { rows: waiting } = await admin.query('select 1 from fleet.outbox');
      return waiting.length === 0 && Number(rows[0]?.next) === ends.reduce((sum, end) => sum + end, 0);
    };
    await services.until(level);
    expect(await counted()).toEqual(wanted);
  }, 120_000);
});
