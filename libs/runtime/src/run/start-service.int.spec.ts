import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Inject, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { EventEnvelope } from '@quaywatch/contracts';
import { done, Fault, type Outcome } from '@quaywatch/kernel';
import type { ViewStore } from '@quaywatch/ports';
import { z } from 'zod';
import {
  Api,
  Call,
  defineService,
  dropView,
  OnEvents,
  Refused,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type EventBatch,
} from '../index';
import { testAdministrator, TestServices } from '../testing';

let failOnce = true;

/** A small service: one view of `fleet`, one operation. */
@Controller()
class TerminalsController {
  constructor(@Inject(STORE) private readonly store: ViewStore) {}

  @OnEvents('terminals', 'fleet')
  async onFleet(@Payload() batch: EventBatch): Promise<Outcome> {
    for (const event of batch.events) {
      const data = event.data as { terminal: string; name: string };
      if (data.name === 'poison') throw new TypeError('cannot be');
      if (data.name === 'later' && failOnce) {
        failOnce = false;
        throw new Fault('NOT_YET', 'not yet', { retryable: true });
      }
      await batch.tx.query('insert into terminal (org, id, name) values ($1, $2, $3)', [
        event.org,
        data.terminal,
        data.name,
      ]);
    }
    return done;
  }

  @Api('listTerminals')
  async list(@Call() call: ApiCall<'listTerminals'>): Promise<ApiAnswer<'listTerminals'>> {
    const rows = await this.store.readAs(call.principal.org, (q) =>
      q.query<{ id: string; name: string }>('select id, name from terminal order by id'),
    );
    if (rows.length > 99) throw new Refused('conflict', 'too many');
    return {
      data: rows.map((row) => ({ ...row, time_zone: 'UTC', cranes: 0, spreaders: 0 })),
      next_cursor: null,
      has_more: false,
    };
  }

  @Api('createTerminal')
  async create(@Call() call: ApiCall<'createTerminal'>): Promise<ApiAnswer<'createTerminal'>> {
    const { principal, body } = call;
    const id = `ter_${body.name}`;
    await this.store.transact((tx) => tx.facts.append(`terminal-${id}`, 0, [created(id, body.name, principal.org)]));
    return { id };
  }
}

const created = (id: string, name: string, org: string): Omit<EventEnvelope, 'source'> => ({
  id: `evt_${id}`,
  type: 'terminal-created',
  v: 1,
  org,
  key: id,
  time: 1,
  data: { terminal: id, name, timeZone: 'UTC', craneHourValue: null },
});

@Module({ controllers: [TerminalsController] })
class TerminalsModule {}

const terminals = defineService({
  name: 'fleet',
  doc: 'A small service.',
  config: z.object({}),
  migrations: { '0001-init.sql': 'create table terminal (org text not null, id text primary key, name text not null)' },
  views: { terminals: ['terminal'] },
  store: true,
  module: TerminalsModule,
});

describe('a service on the real log and store', () => {
  let services: TestServices;
  beforeAll(async () => {
    services = await TestServices.start([terminals]);
  }, 60_000);
  afterAll(() => services.stop(), 60_000);

  const create = (name: string, principal = testAdministrator): Promise<{ status: number }> =>
    services.call('createTerminal', { body: { name, time_zone: 'UTC' }, principal });
  const names = async (principal = testAdministrator): Promise<string[]> => {
    const { body } = await services.call<{ data: { name: string }[] }>('listTerminals', { principal });
    return body.data.map((terminal) => terminal.name);
  };
  const deadLetters = (): Promise<{ reason: string }[]> =>
    services.store('fleet').transact((tx) => tx.query('select reason from dead_letter'));

  it('takes a fact through outbox, log and consumer into the view', async () => {
    expect((await create('gothenburg')).status).toBe(201);
    await services.until(async () => (await names()).includes('gothenburg'));
  });

  it('shows an organisation only its own rows', async () => {
    const stranger = { ...testAdministrator, org: 'org_other' };
    await create('secret', stranger);
    await services.until(async () => (await names(stranger)).includes('secret'));
    expect(await names()).not.toContain('secret');
  });

  it('tries again after a passing fault and loses nothing', async () => {
    await create('later');
    await services.until(async () => (await names()).includes('later'));
    expect(failOnce).toBe(false);
    expect(await deadLetters()).toEqual([]);
  });

  it('puts poison aside with its reason and goes on', async () => {
    await create('poison');
    await create('after');
    await services.until(async () => (await names()).includes('after'));
    await services.until(async () => (await deadLetters()).length === 1);
    expect((await deadLetters())[0]?.reason).toContain('cannot be');
  });

  it('tells Prometheus how far consumers are, what was appended, and what waits for a person', async () => {
    const read = async (): Promise<string> => (await fetch(`${services.peers.urlOf('fleet')}/metrics`)).text();
    const value = (text: string, line: string): number =>
      text
        .split('\n')
        .filter((found) => found.startsWith(line))
        .reduce((sum, found) => sum + Number(found.split(' ').at(-1)), 0);
    const ends = await services.adapters.log.endOffsets('fleet');
    const stored = ends.reduce((sum, end) => sum + end, 0);
    await services.until(async () => value(await read(), 'quaywatch_consumer_lag_events') === 0);
    const text = await read();
    expect(
      text.match(/^quaywatch_consumer_lag_events\{consumer="terminals",topic="fleet",partition="\d+"\} 0$/gm),
    ).toHaveLength(ends.length);
    expect(value(text, 'quaywatch_log_appended_events_total{topic="fleet"}')).toBe(stored);
    expect(value(text, 'quaywatch_log_append_seconds_bucket{topic="fleet",le="+Inf"}')).toBeGreaterThan(0);
    expect(value(text, 'quaywatch_consumer_events_total{consumer="terminals",topic="fleet"}')).toBe(stored);
    expect(value(text, 'quaywatch_consumer_partitions_taken_total')).toBe(ends.length);
    expect(value(text, 'quaywatch_consumer_failures_total')).toBeGreaterThan(0);
    expect(value(text, 'quaywatch_dead_letters{consumer="terminals",topic="fleet"}')).toBe(1);
    expect(value(text, 'quaywatch_outbox_events')).toBe(0);
    expect(value(text, 'quaywatch_metrics_failed')).toBe(0);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  });

  it('rebuilds the view to the same rows after it was dropped', async () => {
    const before = await names();
    await services.stopOne('fleet');
    await dropView(services.store('fleet'), 'terminals', ['terminal']);
    await services.startOne(terminals);
    await services.until(async () => (await names()).length === before.length);
    expect(await names()).toEqual(before);
    const outbox = await services.store('fleet').transact((tx) => tx.query('select 1 from outbox'));
    expect(outbox).toEqual([]);
  });

  it('refuses calls without a valid token, without permission, and with a body outside the contract', async () => {
    const url = services.peers.urlOf('fleet');
    expect((await fetch(`${url}/v1/terminals`)).status).toBe(403);
    expect((await fetch(`${url}/v1/terminals`, { headers: { authorization: 'Bearer x.y.z' } })).status).toBe(403);
    expect((await services.call('listTerminals', { principal: null })).status).toBe(403);
    const viewer = { ...testAdministrator, roles: [{ role: 'viewer' as const, scope: 'organisation' as const }] };
    expect((await create('no', viewer)).status).toBe(403);
    const bad = await services.call<{ errors: { pointer: string }[] }>('createTerminal', { body: { name: 5 } });
    expect(bad.status).toBe(400);
    expect(bad.body.errors.map((error) => error.pointer)).toEqual(expect.arrayContaining(['/name', '/time_zone']));
    expect((await services.call('listTerminals', { query: { nonsense: '1' } })).status).toBe(400);
    const readiness = await fetch(`${url}/readyz`);
    expect(readiness.status).toBe(200);
  });
});
