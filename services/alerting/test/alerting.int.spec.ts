import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventEnvelope, Principal, Topic } from '@quaywatch/contracts';
import { hours, minutes, seconds } from '@quaywatch/kernel';
import type { DeliveryResult, EventLog, NotificationChannel } from '@quaywatch/ports';
import { FakeClock, FakeNotificationChannel } from '@quaywatch/ports/testing';
import { dropView, makeLogger, type AuditTrail, type NewAudit } from '@quaywatch/runtime';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import { AlarmDesk } from '../src/alarm-desk';
import { DeliveryJob } from '../src/delivery.job';
import { alerting } from '../src';
import { SilenceJob } from '../src/silence.job';

type AlarmDocument = {
  id: string;
  state: string;
  level: string;
  late: boolean;
  spreader_number: string;
  terminal_id: string;
  title: string;
  acknowledged_by: string | null;
  raised_at: string;
  cleared_at: string | null;
};
type List<T> = { data: T[]; next_cursor: string | null; has_more: boolean };

const lateAfter = minutes(15);
const now = (): number => Date.now();
let counter = 0;

describe('alerting on the real log and store', () => {
  let services: TestServices;
  let spreader: string;
  // Deliveries are made by the tests' own worker and clock, which runs ahead of any lease of the service's own worker;
  // that one waits for an answer until the service is stopped.
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const idle: NotificationChannel = {
    name: 'idle',
    deliver: async (): Promise<DeliveryResult> => {
      await held;
      return { kind: 'failed', recoverable: true, reason: 'the test is over' };
    },
  };

  beforeAll(async () => {
    services = await TestServices.start([alerting as never], { channels: { webhook: idle } });
  }, 60_000);
  afterAll(() => {
    release();
    return services?.stop();
  }, 60_000);

  const append = (
    topic: Topic,
    type: string,
    key: string,
    time: number,
    data: object,
    org = 'org_test',
    v = 1,
  ): Promise<void> => {
    const source =
      { condition: 'condition-analysis', fleet: 'fleet', 'da.telemetry': 'ingest' }[topic as string] ?? 'test';
    const event: EventEnvelope = { id: `evt_test_${++counter}`, type, v, source, org, key, time, data };
    return services.log.append(topic, [{ event }]);
  };
  const condition = (level: string, at: number, more: object = {}): Promise<void> =>
    append('condition', 'condition-changed', spreader, at, {
      spreader,
      component: 'TL[1]',
      failureMode: 'FM-02',
      level,
      previous: 'ok',
      at,
      finding: `fnd_${spreader}`,
      reason: 'locks slowly',
      ...more,
    });
  const alarms = async (query: Record<string, string> = {}, principal?: Principal): Promise<AlarmDocument[]> =>
    (await services.call<List<AlarmDocument>>('listAlarms', { query: { spreader, ...query }, principal })).body.data;
  const only = (query: Record<string, string> = {}): Promise<AlarmDocument> =>
    services.until(async () => {
      const [first, ...rest] = await alarms(query);
      expect(rest).toEqual([]);
      return first;
    });
  const take = (id: string, principal?: Principal) =>
    services.call<AlarmDocument & { detail?: string }>('takeAlarm', { params: { id }, body: {}, principal });
  const query = <T extends Record<string, unknown>>(sql: string, parameters: unknown[] = []): Promise<T[]> =>
    services.store('alerting').transact((tx) => tx.query<T>(sql, parameters));

  const newSpreader = async (): Promise<void> => {
    spreader = `spr_${++counter}`;
    await append('fleet', 'spreader-created', spreader, 1, {
      spreader,
      number: `SPR-${counter}`,
      serial: `s${counter}`,
      model: 'X',
      type: 'sts_twin',
      drive: 'hydraulic',
      terminal: 'ter_1',
    });
  };
  beforeEach(newSpreader);

  describe('alarms', () => {
    it('plan raises, watch clears, and a person takes it in between', async () => {
      await condition('plan', now());
      const raised = await services.until(
        async () => (await alarms())[0]?.spreader_number !== '' && (await alarms())[0],
      );
      expect(raised).toMatchObject({
        state: 'unacknowledged',
        level: 'plan',
        late: false,
        terminal_id: 'ter_1',
        title: expect.stringContaining('Twistlock 1'),
      });
      expect(raised.id).toBe(`alm_${spreader}.TL-1-.FM-02.1`);
      const taken = await take(raised.id);
      expect(taken.body).toMatchObject({ state: 'acknowledged', acknowledged_by: 'usr_test' });
      // Who reads after taking sees it taken.
      expect(await alarms()).toMatchObject([{ state: 'acknowledged' }]);
      expect((await take(raised.id)).status).toBe(409);
      await condition('watch', now());
      await services.until(async () => (await alarms()).length === 0);
      expect(await only({ state: 'closed' })).toMatchObject({
        id: raised.id,
        state: 'normal',
        cleared_at: expect.any(String),
      });
    });

    it('watch raises nothing, no data changes nothing, and the next occurrence has the next number', async () => {
      await condition('watch', now());
      await condition('act_now', now());
      await condition('no_data', now());
      const first = await only();
      expect(first).toMatchObject({ level: 'act_now', state: 'unacknowledged' });
      await take(first.id);
      await condition('ok', now());
      await services.until(async () => (await alarms()).length === 0);
      await condition('plan', now());
      expect((await only()).id).toBe(`alm_${spreader}.TL-1-.FM-02.2`);
    });

    it('an alarm that is worse than what was taken asks for attention again', async () => {
      await condition('plan', now());
      await take((await only()).id);
      await condition('act_now', now());
      await services.until(async () => (await alarms())[0]?.level === 'act_now');
      expect(await only()).toMatchObject({ state: 'unacknowledged', acknowledged_by: null });
    });

    it('is open however old, when it came late and is still active; once over it needs nobody', async () => {
      const at = now() - hours(48);
      await condition('plan', at);
      expect(await only()).toMatchObject({
        late: true,
        state: 'unacknowledged',
        raised_at: new Date(at).toISOString(),
      });
      await condition('ok', at + 1000);
      await services.until(async () => (await alarms()).length === 0);
      expect(await only({ state: 'closed' })).toMatchObject({ state: 'normal', acknowledged_by: null });
    });

    it('a device raises and clears its own alarms', async () => {
      const deviceAlarm = (active: boolean, severity = 'act_now') =>
        append('da.telemetry', 'device-alarm-received', spreader, now(), {
          btu: 'B',
          spreader,
          code: 'E17',
          location: null,
          active,
          severity,
          text: 'Oil low',
          at: now(),
        });
      await deviceAlarm(true, 'watch');
      await deviceAlarm(true);
      expect(await only()).toMatchObject({ title: 'Oil low', level: 'act_now' });
      await deviceAlarm(false);
      await services.until(async () => (await alarms())[0]?.state === 'returned_unacknowledged');
    });

    it('are seen and taken only by their own organisation and terminal', async () => {
      await condition('plan', now());
      const { id } = await services.until(async () => (await alarms({ terminal: 'ter_1' }))[0]);
      const at = (terminal: string): Principal => ({
        ...testAdministrator,
        roles: [{ role: 'engineer', scope: { terminals: [terminal] } }],
      });
      const stranger = { ...testAdministrator, org: 'org_other' };
      expect(await alarms({}, stranger)).toEqual([]);
      expect((await take(id, stranger)).status).toBe(404);
      expect(await alarms({}, at('ter_2'))).toEqual([]);
      expect((await take(id, at('ter_2'))).status).toBe(404);
      expect(await alarms({}, at('ter_1'))).toHaveLength(1);
      expect((await take('alm_none')).status).toBe(404);
      // Under a crane of another terminal, the spreader is there.
      await append('fleet', 'crane-created', `crn_${spreader}`, 1, {
        crane: `crn_${spreader}`,
        number: 'STS-2',
        terminal: 'ter_2',
        type: 'sts',
      });
      await append('fleet', 'spreader-assigned', spreader, 2, { spreader, crane: `crn_${spreader}`, from: 2 });
      await services.until(async () => (await alarms({}, at('ter_2'))).length === 1);
      expect((await take(id, at('ter_2'))).status).toBe(200);
    });

    it('come page by page, newest first, each once', async () => {
      const t = now();
      for (const n of [1, 2, 3, 4, 5]) await condition('plan', t - n * 1000, { component: `TL[${n}]` });
      await services.until(async () => (await alarms()).length === 5);
      const ids: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const { body }: { body: List<AlarmDocument> } = await services.call('listAlarms', {
          query: { spreader, limit: '2', ...(cursor ? { cursor } : {}) },
        });
        ids.push(...body.data.map((alarm) => alarm.id));
        cursor = body.next_cursor;
      }
      expect(ids).toEqual([1, 2, 3, 4, 5].map((n) => `alm_${spreader}.TL-${n}-.FM-02.1`));
    });
  });

  describe('silence', () => {
    it('raises after the time and ends when the unit is heard again', async () => {
      const lost = now() - minutes(11);
      await append('da.telemetry', 'device-disconnected', spreader, lost, { btu: 'B9', spreader, how: 'lost' });
      await services.until(
        async () => (await query('select 1 from lost_contact where spreader = $1', [spreader])).length === 1,
      );
      const clock = services.adapters.clock;
      const job = new SilenceJob(
        services.store('alerting'),
        services.log,
        clock,
        makeLogger('test', { level: 'error' }),
        new AlarmDesk(clock, lateAfter),
        minutes(10),
      );
      await job.check();
      expect(await alarms()).toEqual([]);
      await services.until(async () => (await job.check(), (await alarms()).length === 1));
      expect(await only()).toMatchObject({
        level: 'no_data',
        state: 'unacknowledged',
        raised_at: new Date(lost + minutes(10)).toISOString(),
      });
      await job.check();
      // What was heard before it was lost is no sign of life.
      await append('da.telemetry', 'device-connected', spreader, lost - 1, { btu: 'B9', spreader, address: null });
      await append('da.telemetry', 'device-connected', spreader, now(), { btu: 'B9', spreader, address: null });
      await services.until(async () => (await alarms())[0]?.state === 'returned_unacknowledged');
      expect(await query('select 1 from lost_contact where spreader = $1', [spreader])).toEqual([]);
    });

    it('is not judged while there is something in the log that was not read yet', async () => {
      await append('da.telemetry', 'device-disconnected', spreader, now() - minutes(11), {
        btu: 'B9',
        spreader,
        how: 'lost',
      });
      await services.until(
        async () => (await query('select 1 from lost_contact where spreader = $1', [spreader])).length === 1,
      );
      const ends = await services.log.endOffsets('da.telemetry');
      const ahead = { endOffsets: () => Promise.resolve(ends.map((end) => end + 1)) } as unknown as EventLog;
      const { clock } = services.adapters;
      const job = new SilenceJob(
        services.store('alerting'),
        ahead,
        clock,
        makeLogger('test', { level: 'error' }),
        new AlarmDesk(clock, lateAfter),
        minutes(10),
      );
      await job.check();
      await job.check();
      expect(await query('select 1 from lost_contact where spreader = $1 and alarmed', [spreader])).toEqual([]);
    });

    it('a goodbye is no silence', async () => {
      await append('da.telemetry', 'device-disconnected', spreader, now() - hours(1), {
        btu: 'B9',
        spreader,
        how: 'goodbye',
      });
      await append('da.telemetry', 'device-alarm-received', spreader, now(), {
        btu: 'B',
        spreader,
        code: 'E1',
        location: null,
        active: true,
        severity: 'plan',
        text: 'marker',
        at: now(),
      });
      await only();
      expect(await query('select 1 from lost_contact where spreader = $1', [spreader])).toEqual([]);
    });
  });

  describe('notifications', () => {
    const create = async (principal?: Principal, format?: string) =>
      (
        await services.call<{ id: string; secret: string }>('createWebhookEndpoint', {
          body: { url: `https://example.com/${++counter}`, ...(format ? { format } : {}) },
          principal,
        })
      ).body;
    const deliveries = async (id: string) =>
      (
        await services.call<
          List<{ id: string; state: string; attempts: number; last_error: string | null; next_at: string | null }>
        >('listDeliveries', { params: { id } })
      ).body.data;
    const facts = async (endpoint: string) =>
      (await query<{ event: string }>(`select event from event where stream like 'delivery-%' order by seq`))
        .map(({ event }) => JSON.parse(event) as EventEnvelope<{ endpoint: string }>)
        .filter((event) => event.data.endpoint === endpoint);
    let clock: FakeClock;
    let channel: FakeNotificationChannel;
    let job: DeliveryJob;
    const audited: NewAudit[] = [];
    const audit: AuditTrail = {
      within: async (_tx, entry) => void audited.push(entry),
      write: async (entry) => void audited.push(entry),
    };
    const workerOn = (by: NotificationChannel): DeliveryJob =>
      new DeliveryJob(services.store('alerting'), clock, by, makeLogger('test', { level: 'error' }), audit);
    const url = async (endpoint: string): Promise<string> =>
      (await query<{ url: string }>('select url from webhook_target where endpoint = $1', [endpoint]))[0]?.url ?? '';
    const sent = (address: string) => channel.delivered.filter(({ target }) => target.address === address);

    // The service's own worker gets something to wait for first: while it takes a delivery its row is locked, and the
    // tests' worker would pass it by.
    beforeAll(async () => {
      await newSpreader();
      await create();
      await condition('plan', now());
      await services.until(
        async () => (await query('select 1 from delivery where leased_until is not null')).length > 0,
      );
    }, 60_000);
    beforeEach(async () => {
      clock = new FakeClock(now() + minutes(2));
      channel = new FakeNotificationChannel('webhook');
      audited.length = 0;
      job = workerOn(channel);
      await query('delete from webhook_target where organisation = $1', ['org_test']);
      await query(`update delivery set state = 'failed' where state = 'waiting'`);
    });

    it('shows the secret once, and keeps it from everybody else', async () => {
      const { id, secret } = await create();
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      const listed = await services.call<List<{ id: string }>>('listWebhookEndpoints');
      expect(listed.body.data.map((endpoint) => endpoint.id)).toContain(id);
      expect(JSON.stringify(listed.body)).not.toContain(secret);
      const everything = await query<{ event: string }>('select event from event');
      expect(JSON.stringify(everything)).not.toContain(secret.slice(6));
      await expect(
        services.store('alerting').readAs('org_test', (q) => q.query('select * from webhook_target')),
      ).rejects.toMatchObject({ code: 'STORE_DENIED' });
      expect((await services.call('createWebhookEndpoint', { body: { url: 'ftp://example.com' } })).status).toBe(400);
      expect(
        (
          await services.call('deleteWebhookEndpoint', {
            params: { id },
            principal: { ...testAdministrator, org: 'org_other' },
          })
        ).status,
      ).toBe(404);
      expect((await services.call('deleteWebhookEndpoint', { params: { id } })).status).toBe(200);
      expect((await services.call('listDeliveries', { params: { id } })).status).toBe(404);
    });

    it('writes TIC 4.0 of a release to who wants it', async () => {
      const { id } = await create(undefined, 'tic40-2023.007');
      const address = await url(id);
      await condition('plan', now());
      await services.until(async () => (await deliveries(id)).length === 1);
      await condition('ok', now());
      await services.until(async () => (await deliveries(id)).length === 2);
      await job.work();
      const error = (value: boolean) => ({
        msg: { version: '2023.007', sender: 'quaywatch', destination: id },
        che: [{ health: [{ errormessage: [{ mcode: 'FM-02', name: 'TL[1]', value }] }] }],
      });
      expect(sent(address).map(({ notification }) => notification.payload)).toMatchObject([error(true), error(false)]);
      const one = await services.call<{ format: string }>('getWebhookEndpoint', { params: { id } });
      expect(one.body.format).toBe('tic40-2023.007');
    });

    it.each(['cloudevents', 'tic40-2024.010'])('sends a test message on demand (%s), one at a time', async (format) => {
      const { id } = await create(undefined, format);
      const ask = (principal?: Principal) =>
        services.call<{ delivery_id: string }>('testWebhookEndpoint', { params: { id }, principal });
      expect((await ask({ ...testAdministrator, org: 'org_other' })).status).toBe(404);
      const { status, body } = await ask();
      expect(status).toBe(202);
      expect((await ask()).status).toBe(409);
      await job.work();
      const [message] = sent(await url(id));
      expect(message?.notification.id).toBe(body.delivery_id);
      expect(message?.notification.payload).toMatchObject(
        format === 'cloudevents' ? { type: 'webhook.test', subject: id } : { msg: { topic: 'webhook.test' } },
      );
      expect(await deliveries(id)).toMatchObject([{ id: body.delivery_id, alarm_id: null, state: 'sent' }]);
    });

    it('signs by the old secret too for a day after it was changed, and can still remove the address', async () => {
      const { id, secret: first } = await create();
      const address = await url(id);
      const changed = await services.call<{ secret: string; previous_until: string }>('rotateWebhookSecret', {
        params: { id },
      });
      expect(changed.status).toBe(201);
      const { secret: second } = changed.body;
      expect(second).not.toBe(first);
      await services.call('testWebhookEndpoint', { params: { id } });
      await job.work();
      await clock.advance(hours(25));
      await services.call('testWebhookEndpoint', { params: { id } });
      await job.work();
      expect(sent(address).map(({ target }) => target.secret)).toEqual([`${second} ${first}`, second]);
      const everything = await query<{ event: string }>('select event from event');
      expect(JSON.stringify(everything)).not.toContain(second.slice(6));
      expect((await services.call('deleteWebhookEndpoint', { params: { id } })).status).toBe(200);
      expect((await services.call('rotateWebhookSecret', { params: { id } })).status).toBe(404);
    });

    it('sends again what was given up, when somebody asks', async () => {
      const { id } = await create();
      const address = await url(id);
      channel.answers.set(address, { kind: 'failed', recoverable: false, reason: 'answered 410', status: 410 });
      await services.call('testWebhookEndpoint', { params: { id } });
      await job.work();
      const [given] = await deliveries(id);
      expect(given).toMatchObject({ state: 'failed', attempts: 1 });
      const retry = (principal?: Principal) =>
        services.call('retryDelivery', { params: { id, delivery: given?.id ?? '' }, principal });
      expect((await retry({ ...testAdministrator, org: 'org_other' })).status).toBe(404);
      channel.answers.clear();
      expect((await retry()).status).toBe(202);
      await job.work();
      expect(await deliveries(id)).toMatchObject([{ state: 'sent', attempts: 2 }]);
      expect(sent(address).map(({ notification }) => notification.id)).toEqual([given?.id, given?.id]);
      expect((await retry()).status).toBe(409);
    });

    it('tells raised, taken and closed, in order, signed for by the endpoint secret, and nothing of the past', async () => {
      const { id, secret } = await create();
      const address = await url(id);
      await condition('plan', now() - hours(30), { component: 'TL[9]' });
      await condition('plan', now());
      const alarm = await services.until(async () => (await alarms()).find(({ late }) => !late));
      await take(alarm.id);
      await condition('ok', now());
      await services.until(async () => (await deliveries(id)).length === 3);
      await job.work();
      expect(sent(address).map(({ target }) => target.secret)).toEqual([secret, secret, secret]);
      expect(sent(address).map(({ notification }) => notification.payload)).toMatchObject([
        {
          specversion: '1.0',
          type: 'alarm.raised',
          subject: alarm.spreader_number,
          source: '/terminals/ter_1',
          timestamp: expect.any(String),
          data: { id: alarm.id, state: 'unacknowledged' },
        },
        { type: 'alarm.taken', data: { acknowledged_by: 'usr_test' } },
        { type: 'alarm.closed', data: { state: 'normal' } },
      ]);
      expect((await deliveries(id)).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent']);
      expect((await facts(id)).map(({ type }) => type)).toEqual([
        'notification-sent',
        'notification-sent',
        'notification-sent',
      ]);
    });

    it('tries again after 5 s and 5 min with the same id, and gives up at once where trying cannot help', async () => {
      const { id } = await create();
      const address = await url(id);
      await condition('plan', now());
      await services.until(async () => (await deliveries(id)).length === 1);
      channel.answers.set(address, { kind: 'failed', recoverable: true, reason: 'HTTP 503', status: 503 });
      await job.work();
      expect(await deliveries(id)).toMatchObject([{ state: 'waiting', attempts: 1, last_error: 'HTTP 503' }]);
      await job.work();
      expect(sent(address)).toHaveLength(1);
      await clock.advance(seconds(6));
      await job.work();
      await clock.advance(seconds(6));
      await job.work();
      expect(sent(address)).toHaveLength(2);
      channel.answers.set(address, { kind: 'failed', recoverable: false, reason: 'HTTP 410', status: 410 });
      await clock.advance(minutes(6));
      await job.work();
      expect(new Set(sent(address).map(({ notification }) => notification.id)).size).toBe(1);
      expect(await deliveries(id)).toMatchObject([{ state: 'failed', attempts: 3, next_at: null }]);
      expect((await facts(id)).map(({ data }) => data)).toMatchObject([
        { attempt: 1, final: false },
        { attempt: 2, final: false },
        { attempt: 3, final: true },
      ]);
    });

    it('switches an address off that says it is gone, or to which five messages in a row were given up', async () => {
      const read = async (id: string) =>
        (
          await services.call<{ off_since: string | null; off_reason: string | null }>('getWebhookEndpoint', {
            params: { id },
          })
        ).body;
      const { id } = await create();
      const address = await url(id);
      channel.answers.set(address, { kind: 'failed', recoverable: false, reason: 'HTTP 400', status: 400 });
      for (let n = 1; n <= 5; n++) {
        expect((await read(id)).off_since).toBeNull();
        await services.call('testWebhookEndpoint', { params: { id } });
        await job.work();
      }
      await services.until(async () => (await read(id)).off_since !== null);
      expect(await read(id)).toMatchObject({ off_since: expect.any(String), off_reason: 'HTTP 400' });
      expect(audited).toMatchObject([{ action: 'webhook.switch-off', target: { id }, reason: 'HTTP 400' }]);
      // Nothing more is written down for it.
      await condition('plan', now(), { component: 'TL[3]' });
      const other = await create();
      await condition('plan', now(), { component: 'TL[4]' });
      await services.until(async () => (await deliveries(other.id)).length === 1);
      expect(await deliveries(id)).toHaveLength(5);
      expect((await services.call('enableWebhookEndpoint', { params: { id } })).status).toBe(200);
      expect(await read(id)).toMatchObject({ off_since: null, off_reason: null });
      channel.answers.set(address, { kind: 'failed', recoverable: false, reason: 'HTTP 410', status: 410 });
      await services.call('testWebhookEndpoint', { params: { id } });
      await job.work();
      await services.until(async () => (await read(id)).off_since !== null);
      expect(await read(id)).toMatchObject({ off_since: expect.any(String), off_reason: 'HTTP 410' });
      // It takes what is sent once more, and is on again by that.
      channel.answers.delete(address);
      const [last] = await deliveries(id);
      const again = await services.call('retryDelivery', { params: { id, delivery: last?.id ?? '' } });
      expect(again.status).toBe(202);
      await job.work();
      await services.until(async () => (await read(id)).off_since === null);
      const told = await services.store('alerting').transact((tx) => tx.facts.read(`webhook-${id}`));
      expect(told.map(({ type, data }) => [type, (data as { by?: unknown }).by])).toEqual([
        ['webhook-endpoint-registered', testAdministrator.id],
        ['webhook-endpoint-switched-off', undefined],
        ['webhook-endpoint-switched-on', testAdministrator.id],
        ['webhook-endpoint-switched-off', undefined],
        ['webhook-endpoint-switched-on', null],
      ]);
      const stranger = { ...testAdministrator, org: 'org_other' };
      const foreign = await services.call('enableWebhookEndpoint', { params: { id }, principal: stranger });
      expect(foreign.status).toBe(404);
    });

    it('sends again with the same id when it died between sending and noting it', async () => {
      const { id } = await create();
      const address = await url(id);
      await condition('plan', now());
      await services.until(async () => (await deliveries(id)).length === 1);
      const seen: string[] = [];
      // A worker that is gone after the receiver got the message: nothing of what follows happens.
      const dying: NotificationChannel = {
        name: 'webhook',
        deliver: (_target, { id: message }) => (seen.push(message), new Promise(() => undefined)),
      };
      void workerOn(dying).work();
      await services.until(() => Promise.resolve(seen.length === 1));
      await job.work();
      expect(sent(address)).toHaveLength(0);
      await clock.advance(seconds(61));
      await job.work();
      expect(sent(address).map(({ notification }) => notification.id)).toEqual(seen);
      expect(await deliveries(id)).toMatchObject([{ state: 'sent', attempts: 1 }]);
    });

    it('forgets what is done after 30 days, never what waits', async () => {
      const { id } = await create();
      await condition('plan', now());
      await services.until(async () => (await deliveries(id)).length === 1);
      await clock.advance(hours(24 * 31));
      await job.prune();
      expect(await deliveries(id)).toHaveLength(1);
      await job.work();
      await clock.advance(hours(2));
      await job.prune();
      expect(await deliveries(id)).toEqual([]);
    });

    it('two workers never send the same at the same time', async () => {
      const { id } = await create();
      const address = await url(id);
      for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) await condition('plan', now(), { component: `TL[${n}]` });
      await services.until(async () => (await deliveries(id)).length === 8);
      const second = workerOn(channel);
      await Promise.all([job.work(), second.work()]);
      expect(new Set(sent(address).map(({ notification }) => notification.id)).size).toBe(8);
      expect(sent(address)).toHaveLength(8);
    });
  });

  it('rebuilds its views to the same rows', async () => {
    const rows = async (tables: readonly string[]): Promise<string[]> => {
      const all: string[] = [];
      for (const table of tables) {
        const lines = await query<{ line: string }>(
          `select t::text as line from "${table}" t order by t::text collate "C"`,
        );
        all.push(...lines.map(({ line }) => `${table} ${line}`));
      }
      return all;
    };
    release();
    for (const [view, tables] of Object.entries(alerting.views)) {
      const before = await rows(tables);
      expect(before.length).toBeGreaterThan(3);
      await services.stopOne('alerting');
      await dropView(services.store('alerting'), view, tables);
      await services.startOne(alerting as never);
      await services.until(async () => JSON.stringify(await rows(tables)) === JSON.stringify(before));
    }
  }, 60_000);
});
