import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { eventCatalogue, type EventDefinition, type EventEnvelope } from '@quaywatch/contracts';
import { done, type Outcome } from '@quaywatch/kernel';
import { z } from 'zod';
import { defineService, OnEvents, type EventBatch } from '../index';
import { TestServices } from '../testing';

@Controller()
class NamesController {
  @OnEvents('names', 'fleet')
  async onFleet(@Payload() batch: EventBatch): Promise<Outcome> {
    for (const { data, org, v } of batch.events) {
      const { name, berth } = data as { name: string; berth?: string };
      await batch.tx.query('insert into seen values ($1, $2, $3, $4)', [org, name, berth ?? null, v]);
    }
    return done;
  }
}

@Module({ controllers: [NamesController] })
class NamesModule {}

const names = defineService({
  name: 'fleet',
  doc: 'A small service.',
  config: z.object({}),
  migrations: { '0001-init.sql': 'create table seen (org text not null, name text primary key, berth text, v int)' },
  views: { names: ['seen'] },
  store: true,
  module: NamesModule,
});

const old = eventCatalogue.get('terminal-created') as EventDefinition;
/** What a newer build knows of the same event: one field more. */
const young: EventDefinition = {
  ...old,
  versions: [old.versions[0] as z.ZodType, (old.versions[0] as z.ZodObject).extend({ berth: z.string() })],
  upcasts: [(data: object) => ({ ...data, berth: 'unknown' })],
};
const build = (definition: EventDefinition): void =>
  void (eventCatalogue as Map<string, EventDefinition>).set('terminal-created', definition);

describe('a roll-out with two versions of an event', () => {
  let services: TestServices;
  beforeAll(async () => {
    services = await TestServices.start([names]);
  }, 60_000);
  afterAll(async () => {
    build(old);
    await services.stop();
  }, 60_000);

  const append = (name: string, v: number, more: object = {}): Promise<void> => {
    const data = { terminal: `ter_${name}`, name, timeZone: 'UTC', craneHourValue: null, ...more };
    const event: EventEnvelope = {
      id: `evt_${name}`,
      type: 'terminal-created',
      v,
      source: 'fleet',
      org: 'org_test',
      key: 'one',
      time: 1,
      data,
    };
    return services.log.append('fleet', [{ event }]);
  };
  const seen = (): Promise<object[]> =>
    services.store('fleet').transact((tx) => tx.query('select name, berth, v from seen order by name'));
  const ready = async (): Promise<number> => (await fetch(`${services.peers.urlOf('fleet')}/readyz`)).status;

  it('new writer, old reader: stops in front of the new event, says so, skips and puts aside nothing', async () => {
    await append('a', 1);
    await append('b', 2, { berth: 'north' });
    await append('c', 1);
    await services.until(async () => (await ready()) === 503);
    expect(await (await fetch(`${services.peers.urlOf('fleet')}/readyz`)).text()).toContain(
      'upgrade this service first',
    );
    await services.until(async () => (await seen()).length >= 1);
    expect(await seen()).toEqual([{ name: 'a', berth: null, v: 1 }]);
    expect(await services.store('fleet').transact((tx) => tx.query('select 1 from dead_letter'))).toEqual([]);
  });

  it('the upgraded reader goes on from there: old writer, new reader', async () => {
    await services.stopOne('fleet');
    build(young);
    await services.startOne(names);
    await services.until(async () => (await seen()).length === 3);
    expect((await seen()).slice(1)).toEqual([
      { name: 'b', berth: 'north', v: 2 },
      { name: 'c', berth: 'unknown', v: 2 },
    ]);
    await services.until(async () => (await ready()) === 200);
  });

  it('rolled back, the old reader is not ready again until what it does not know is behind it', async () => {
    await services.stopOne('fleet');
    build(old);
    await services.startOne(names);
    await append('d', 1);
    await services.until(async () => (await seen()).length === 4);
    expect(await ready()).toBe(200);
  });
});
