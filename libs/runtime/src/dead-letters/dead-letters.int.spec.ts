import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Inject, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { EventEnvelope, Principal, RoleName } from '@quaywatch/contracts';
import { done, type Outcome } from '@quaywatch/kernel';
import type { ViewStore } from '@quaywatch/ports';
import { z } from 'zod';
import { defineService, dropView, OnEvents, STORE, type EventBatch } from '../index';
import { testAdministrator, TestServices } from '../testing';

/** A view that depends on the order of events: each row knows how many stood before it. */
@Controller()
class TerminalsController {
  constructor(@Inject(STORE) readonly store: ViewStore) {}

  @OnEvents('terminals', 'fleet')
  async onFleet(@Payload() batch: EventBatch): Promise<Outcome> {
    for (const event of batch.events) {
      const { terminal, name } = event.data as { terminal: string; name: string };
      if (name.startsWith('poison')) throw new TypeError(`${name} cannot be drawn`);
      await batch.tx.query('insert into terminal select $1, $2, $3, count(*) from terminal', [
        event.org,
        terminal,
        name,
      ]);
    }
    return done;
  }
}

@Module({ controllers: [TerminalsController] })
class TerminalsModule {}

const terminals = defineService({
  name: 'fleet',
  doc: 'A small service.',
  config: z.object({}),
  migrations: {
    '0001-init.sql':
      'create table terminal (org text not null, id text primary key, name text not null, before int not null)',
  },
  views: { terminals: ['terminal'] },
  store: true,
  module: TerminalsModule,
});

interface Letter {
  id: string;
  state: string;
  reason: string;
  attempts: number;
  event: EventEnvelope<{ name: string }>;
  replacement: unknown;
  trace: { stack: string | null; correlation_id: string | null };
}

const as = (role: RoleName, org = 'org_test'): Principal => ({
  kind: 'user',
  id: `usr_${role}`,
  org,
  roles: [{ role, scope: 'organisation' }],
});

describe('dead letters of a service', () => {
  let services: TestServices;
  let made = 0;
  beforeAll(async () => {
    services = await TestServices.start([terminals]);
  }, 60_000);
  afterAll(() => services.stop(), 60_000);

  /** All of one key, so that one partition has them all and their order is the same every time. */
  const append = (name: string, org = 'org_test'): Promise<void> => {
    const id = `ter_${made++}`;
    const event = {
      id: `evt_${id}`,
      type: 'terminal-created',
      v: 1,
      source: 'fleet',
      org,
      key: 'one',
      time: 1,
      correlationId: `cor_${id}`,
      data: { terminal: id, name, timeZone: 'UTC', craneHourValue: null },
    };
    return services.log.append('fleet', [{ event }]);
  };
  const rows = (): Promise<{ name: string; before: number }[]> =>
    services.store('fleet').transact((tx) => tx.query('select name, before from terminal order by before, name'));
  const appears = (name: string): Promise<unknown> =>
    services.until(async () => (await rows()).some((row) => row.name === name));
  const list = async (query: Record<string, string> = {}, principal: Principal = testAdministrator) =>
    services.call<{ data: Letter[]; has_more: boolean; next_cursor: string | null }>('listDeadLetters', {
      params: { service: 'fleet' },
      query,
      principal,
    });
  const waiting = async (name: string): Promise<Letter> =>
    services.until(async () =>
      (await list({ state: 'waiting' })).body.data.find(({ reason }) => reason.includes(name)),
    );
  const act = (
    id: 'getDeadLetter' | 'editDeadLetter' | 'releaseDeadLetter' | 'discardDeadLetter',
    letter: string,
    body?: unknown,
    principal: Principal = testAdministrator,
  ) => services.call<Letter & { detail: string }>(id, { params: { service: 'fleet', id: letter }, body, principal });
  const because = { reason: 'looked at by the test' };
  const fixed = (event: EventEnvelope<object>, name: string): object => ({ ...event, data: { ...event.data, name } });

  it('lists what could not be handled, with reason, attempts and trace, and goes on', async () => {
    await append('first');
    await append('poison-1');
    await append('after');
    await appears('after');
    const { id } = await waiting('poison-1');
    const { body, status } = await act('getDeadLetter', id);
    expect(status).toBe(200);
    expect(body).toMatchObject({ state: 'waiting', attempts: 2, reason: 'poison-1 cannot be drawn' });
    expect(body.event.data.name).toBe('poison-1');
    expect(body.trace).toMatchObject({ correlation_id: 'cor_ter_1', stack: expect.stringContaining('TypeError') });
  });

  it('is for administrators and security officers of the same organisation only', async () => {
    const { id } = await waiting('poison-1');
    expect((await list({}, as('security_officer'))).body.data).toHaveLength(1);
    for (const role of ['viewer', 'engineer', 'fleet_manager', 'operator'] as const)
      expect((await list({}, as(role))).status).toBe(403);
    expect((await list({}, as('administrator', 'org_other'))).body.data).toEqual([]);
    const strangers = as('administrator', 'org_other');
    expect((await act('getDeadLetter', id, undefined, strangers)).status).toBe(404);
    expect((await act('releaseDeadLetter', id, because, strangers)).status).toBe(404);
    expect((await act('getDeadLetter', '1 or true')).status).toBe(404);
  });

  it('answers a release that fails again with the reason, and keeps the event', async () => {
    const { id } = await waiting('poison-1');
    const answer = await act('releaseDeadLetter', id, because);
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toContain('poison-1 cannot be drawn');
    expect((await act('getDeadLetter', id)).body).toMatchObject({ state: 'waiting', attempts: 3 });
  });

  it('refuses a replacement that belongs to another organisation, key or topic, or is no event', async () => {
    const { id } = await waiting('poison-1');
    const { event } = (await act('getDeadLetter', id)).body;
    for (const wrong of [
      { ...event, org: 'org_other' },
      { ...event, key: 'two' },
      { ...event, id: 'evt_other' },
      { ...event, type: 'alarm-raised' },
      { ...event, data: { name: 5 } },
    ])
      expect((await act('editDeadLetter', id, { replacement: wrong, ...because })).status).toBe(400);
    expect((await act('getDeadLetter', id)).body.replacement).toBeNull();
  });

  it('takes the corrected event in; the log itself stays as it is, and the acts are audited', async () => {
    const { id } = await waiting('poison-1');
    const { event } = (await act('getDeadLetter', id)).body;
    const edited = await act('editDeadLetter', id, { replacement: fixed(event, 'cured'), ...because });
    expect(edited.status).toBe(200);
    const released = await act('releaseDeadLetter', id, because, as('security_officer'));
    expect(released).toMatchObject({
      status: 200,
      body: { state: 'released', decided: { by: 'usr_security_officer', reason: because.reason } },
    });
    expect((await rows()).map((row) => row.name)).toEqual(['first', 'after', 'cured']);
    expect((await act('releaseDeadLetter', id, because)).status).toBe(409);
    expect((await rows()).filter((row) => row.name === 'cured')).toHaveLength(1);
    const audited: string[] = [];
    const handle = await services.log.subscribe({
      group: 'test-audit',
      topics: ['audit'],
      startAt: () => Promise.resolve(0),
      onBatch: async ({ records }) => {
        for (const { event: entry } of records)
          audited.push((entry as EventEnvelope<{ action: string; outcome: string }>).data.action);
      },
    });
    await services.until(() => Promise.resolve(audited.includes('dead-letter.release')));
    await handle.stop();
    expect(audited).toEqual(expect.arrayContaining(['dead-letter.read', 'dead-letter.edit', 'dead-letter.release']));
  });

  it('keeps a discarded event readable and never tries it again', async () => {
    await append('poison-2');
    await append('last');
    await appears('last');
    const { id } = await waiting('poison-2');
    expect((await act('discardDeadLetter', id, because)).body.state).toBe('discarded');
    expect((await act('releaseDeadLetter', id, because)).status).toBe(409);
    expect((await list({ state: 'discarded' })).body.data.map((letter) => letter.id)).toEqual([id]);
  });

  it('rebuilds the same rows: released events come in where they were released, discarded ones stay out', async () => {
    const before = await rows();
    expect(before.map((row) => row.name)).toEqual(['first', 'after', 'cured', 'last']);
    await services.stopOne('fleet');
    await dropView(services.store('fleet'), 'terminals', ['terminal']);
    await services.startOne(terminals);
    await services.until(async () => (await rows()).length === before.length);
    expect(await rows()).toEqual(before);
    expect((await list({ state: 'waiting' })).body.data).toEqual([]);
  });

  it('rebuilds a release that nothing followed, and lets one wait again that cannot be taken in', async () => {
    await append('poison-3');
    const { id } = await waiting('poison-3');
    const { event } = (await act('getDeadLetter', id)).body;
    await act('editDeadLetter', id, { replacement: fixed(event, 'at the end'), ...because });
    expect((await act('releaseDeadLetter', id, because)).status).toBe(200);
    const before = await rows();
    const rebuild = async (): Promise<void> => {
      await services.stopOne('fleet');
      await dropView(services.store('fleet'), 'terminals', ['terminal']);
      await services.startOne(terminals);
    };
    await rebuild();
    await services.until(async () => (await rows()).length === before.length);
    expect(await rows()).toEqual(before);
    // As if a newer version could no longer draw it.
    await services
      .store('fleet')
      .transact((tx) => tx.query(`update dead_letter set replacement = event where id = $1`, [id]));
    await rebuild();
    expect((await waiting('poison-3')).id).toBe(id);
    await appears('last');
    expect((await rows()).map((row) => row.name)).toEqual(before.slice(0, -1).map((row) => row.name));
  });

  it('releases under load: nothing is lost, nothing comes twice', async () => {
    const { id } = await waiting('poison-3');
    const { event } = (await act('getDeadLetter', id)).body;
    await act('editDeadLetter', id, { replacement: fixed(event, 'amid'), ...because });
    const load = (async () => {
      for (let i = 0; i < 150; i++) await append(`load-${i}`);
    })();
    await appears('load-3');
    expect((await act('releaseDeadLetter', id, because)).status).toBe(200);
    await load;
    await appears('load-149');
    const all = await rows();
    expect(all.filter((row) => row.name.startsWith('load-'))).toHaveLength(150);
    expect(all.filter((row) => row.name === 'amid')).toHaveLength(1);
    expect(all.map((row) => row.before)).toEqual(all.map((_, index) => index));
    await services.stopOne('fleet');
    await dropView(services.store('fleet'), 'terminals', ['terminal']);
    await services.startOne(terminals);
    await services.until(async () => (await rows()).length === all.length);
    expect(await rows()).toEqual(all);
  });

  it('keeps what has no readable envelope, for the platform alone', async () => {
    await services.log.append('fleet', [
      { event: { id: 'x', key: 'one', nonsense: true } as unknown as EventEnvelope },
    ]);
    const platform: Principal = { ...testAdministrator, kind: 'service', id: 'platform' };
    const unreadable = await services.until(async () =>
      (await list({ state: 'waiting' }, platform)).body.data.find(({ reason }) => reason.startsWith('envelope:')),
    );
    expect((await list({ state: 'waiting' })).body.data.map((letter) => letter.id)).not.toContain(unreadable.id);
    expect((await act('getDeadLetter', unreadable.id, undefined, platform)).body.event).toMatchObject({
      nonsense: true,
    });
  });

  it('pages through the list', async () => {
    const page = (await list({ limit: '1' })).body;
    expect(page).toMatchObject({ has_more: true });
    const next = (await list({ limit: '1', cursor: page.next_cursor ?? '' })).body;
    expect(next.data[0]?.id).not.toBe(page.data[0]?.id);
    expect((await list({ cursor: 'e30' })).status).toBe(400);
  });
});
