import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Inject, Module } from '@nestjs/common';
import type { EventEnvelope } from '@quaywatch/contracts';
import { days, minutes } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import { z } from 'zod';
import { Api, Call, defineService, Refused, STORE, type ApiAnswer, type ApiCall } from '../index';
import { testAdministrator, TestServices } from '../testing';

let hold: Promise<void> | undefined;
/** Called when a request has come to what it does. */
let entered = (): void => undefined;
let failAfter = false;
let made = 0;
let offset = 0;
const clock: Clock = {
  now: () => Date.now() + offset,
  after: (delay, work) => {
    const timer = setTimeout(work, delay);
    return () => clearTimeout(timer);
  },
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
};

/** Terminals and one endpoint, to make, read and remove. */
@Controller()
class SmallController {
  constructor(@Inject(STORE) private readonly store: ViewStore) {}

  @Api('createTerminal')
  async create(@Call() { body, principal }: ApiCall<'createTerminal'>): Promise<ApiAnswer<'createTerminal'>> {
    if (body.name === 'refused') throw new Refused('conflict', 'No.');
    const id = `ter_${++made}`;
    entered();
    await hold;
    const fact: Omit<EventEnvelope, 'source'> = {
      id: `evt_${id}`,
      type: 'terminal-created',
      v: 1,
      org: principal.org,
      key: id,
      time: 1,
      data: { terminal: id, name: body.name, timeZone: 'UTC', craneHourValue: null },
    };
    await this.store.transact((tx) => tx.facts.append(`terminal-${id}`, 0, [fact]));
    if (failAfter) throw new TypeError('after the fact');
    return { id };
  }

  @Api('getWebhookEndpoint')
  async get(@Call() { params }: ApiCall<'getWebhookEndpoint'>): Promise<ApiAnswer<'getWebhookEndpoint'>> {
    const [row] = await this.store.readAs('org_test', (q) =>
      q.query<{ url: string }>('select url from thing where id = $1', [params.id]),
    );
    if (!row) throw new Refused('not_found', 'No.');
    return {
      id: params.id ?? '',
      url: row.url,
      format: 'cloudevents',
      created_at: '2026-01-01T00:00:00.000Z',
      off_since: null,
      off_reason: null,
    };
  }

  @Api('deleteWebhookEndpoint')
  async remove(@Call() { params }: ApiCall<'deleteWebhookEndpoint'>): Promise<ApiAnswer<'deleteWebhookEndpoint'>> {
    entered();
    await hold;
    await this.store.transact((tx) => tx.query('delete from thing where id = $1', [params.id]));
    return {};
  }
}

@Module({ controllers: [SmallController] })
class SmallModule {}

const small = (name: 'fleet' | 'alerting'): ReturnType<typeof defineService> =>
  defineService({
    name,
    doc: 'A small service.',
    config: z.object({}),
    migrations: { '0001-init.sql': 'create table thing (org text not null, id text primary key, url text not null)' },
    views: {},
    store: true,
    module: SmallModule,
  });

describe('requests with a key', () => {
  let services: TestServices;
  beforeAll(async () => {
    services = await TestServices.start([small('fleet'), small('alerting')], { clock });
  }, 60_000);
  afterAll(() => services.stop(), 60_000);

  let keys = 0;
  const newKey = (): string => `0123456789abcdef-${++keys}`;
  const create = (key: string | undefined, name: string, principal = testAdministrator) =>
    services.call<{ id: string; detail?: string }>('createTerminal', {
      body: { name, time_zone: 'UTC' },
      principal,
      headers: key === undefined ? {} : { 'idempotency-key': key },
    });
  const terminals = async (): Promise<number> => {
    const [row] = await services
      .store('fleet')
      .transact((tx) => tx.query<{ n: string }>('select count(*) as n from event'));
    return Number(row?.n);
  };

  it('get the first answer again, once carried out, also after a restart', async () => {
    const before = await terminals();
    const key = newKey();
    const first = await create(key, 'one');
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null]);
    await services.stopOne('fleet');
    await services.startOne(small('fleet'));
    const again = await create(`"${key}"`, 'one');
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([201, first.body, 'true']);
    expect(await terminals()).toBe(before + 1);
    // Without a key the same request is another terminal.
    expect((await create(undefined, 'one')).body.id).not.toBe(first.body.id);
    expect(await terminals()).toBe(before + 2);
  });

  it('are refused for another body, another operation and a bad key, and are each caller’s own', async () => {
    const key = newKey();
    const first = await create(key, 'two');
    expect((await create(key, 'other')).status).toBe(422);
    expect((await create('short', 'two')).status).toBe(400);
    expect((await create(`${'k'.repeat(256)}`, 'two')).status).toBe(400);
    const other = await create(key, 'two', { ...testAdministrator, id: 'usr_other' });
    expect([other.status, other.headers.get('idempotency-replayed')]).toEqual([201, null]);
    const foreign = await create(key, 'other', { ...testAdministrator, org: 'org_other' });
    expect([foreign.status, foreign.body.id === first.body.id]).toEqual([201, false]);
  });

  it('wait for the first one, which is carried out once however often it is sent', async () => {
    const before = await terminals();
    const key = newKey();
    let go = (): void => undefined;
    hold = new Promise((resolve) => (go = resolve));
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const first = create(key, 'three');
    await inside;
    await services.until(async () => (await create(key, 'three')).status === 409);
    const crowd = await Promise.all(Array.from({ length: 10 }, () => create(key, 'three')));
    expect(crowd.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 409));
    go();
    hold = undefined;
    expect((await first).status).toBe(201);
    expect((await create(key, 'three')).headers.get('idempotency-replayed')).toBe('true');
    expect(await terminals()).toBe(before + 1);
  });

  it('free the key when they are refused, keep it when they failed after they were carried out', async () => {
    const key = newKey();
    expect((await create(key, 'refused')).status).toBe(409);
    expect((await create(key, 'four')).status).toBe(201);
    const before = await terminals();
    const broken = newKey();
    failAfter = true;
    expect((await create(broken, 'five')).status).toBe(500);
    failAfter = false;
    expect((await create(broken, 'five')).status).toBe(409);
    offset += minutes(5);
    const late = await create(broken, 'five');
    expect([late.status, late.body.detail]).toEqual([409, expect.stringContaining('its answer was lost')]);
    expect(await terminals()).toBe(before + 1);
  });

  it('are taken over from an attempt that died, whose effect can then no longer commit', async () => {
    const before = await terminals();
    const key = newKey();
    let go = (): void => undefined;
    hold = new Promise((resolve) => (go = resolve));
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const slow = create(key, 'six');
    await inside;
    await services.until(async () => (await create(key, 'six')).status === 409);
    offset += minutes(5);
    hold = undefined;
    expect((await create(key, 'six')).status).toBe(201);
    go();
    expect((await slow).status).toBeGreaterThanOrEqual(500);
    expect(await terminals()).toBe(before + 1);
  });

  it('are forgotten after a day, and nothing readable is kept meanwhile', async () => {
    const key = newKey();
    const { body } = await create(key, 'seven');
    const rows = await services.store('fleet').transact((tx) => tx.query('select * from request_key'));
    const kept = rows.map((row) => `${JSON.stringify(row)} ${String(row['answer'])}`).join('\n');
    expect(kept).not.toContain(key);
    expect(kept).not.toContain(body.id);
    offset += days(1) + 1;
    const later = await create(key, 'other');
    expect([later.status, later.headers.get('idempotency-replayed')]).toEqual([201, null]);
    const left = await services.store('fleet').transact((tx) => tx.query('select 1 from request_key'));
    expect(left.length).toBeLessThan(rows.length);
  });

  describe('changes on a condition', () => {
    // Without max-age=0 fetch would ask for no answer from any cache, 304 among them.
    const get = (headers: Record<string, string> = {}) =>
      services.call('getWebhookEndpoint', {
        params: { id: 'whk_1' },
        headers: { 'cache-control': 'max-age=0', ...headers },
      });
    const remove = (tag: string) =>
      services.call('deleteWebhookEndpoint', { params: { id: 'whk_1' }, headers: { 'if-match': tag } });
    const put = (url: string) =>
      services
        .store('alerting')
        .transact((tx) =>
          tx.query(
            `insert into thing values ('org_test', 'whk_1', $1) on conflict (id) do update set url = excluded.url`,
            [url],
          ),
        );

    it('happen only to what was read; what is unchanged is not sent again', async () => {
      await put('https://one.example.com');
      const tag = (await get()).headers.get('etag') ?? '';
      expect(tag).toMatch(/^"[\w-]{27}"$/);
      expect((await get({ 'if-none-match': tag })).status).toBe(304);
      await put('https://two.example.com');
      expect((await get({ 'if-none-match': tag })).status).toBe(200);
      expect((await remove(tag)).status).toBe(412);
      expect((await get()).status).toBe(200);
      const now = (await get()).headers.get('etag') ?? '';
      expect((await remove(`"other", ${now}`)).status).toBe(200);
      expect((await remove(now)).status).toBe(404);
      const none = await create(undefined, 'eight');
      expect(none.status).toBe(201);
      const wrong = await services.call('createTerminal', {
        body: { name: 'nine', time_zone: 'UTC' },
        headers: { 'if-match': now },
      });
      expect(wrong.status).toBe(400);
    });

    it('are one at a time', async () => {
      await put('https://three.example.com');
      const tag = (await get()).headers.get('etag') ?? '';
      let go = (): void => undefined;
      hold = new Promise((resolve) => (go = resolve));
      const inside = new Promise<void>((resolve) => (entered = resolve));
      const first = remove(tag);
      await inside;
      await services.until(async () => (await remove('"none"')).status === 409);
      go();
      hold = undefined;
      expect((await first).status).toBe(200);
    });
  });
});
