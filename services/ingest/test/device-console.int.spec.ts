import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { acknowledgementTopic, commandTopic, deviceTopic, statusTopic, type Principal } from '@quaywatch/contracts';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import type { MqttClient } from 'mqtt';
import { BrokerHost, IdentityHost, ingest } from '../src/index';
import { dialects } from '../src/dialects';
import { AuditReader } from './audit-reader';
import { connectOnce, liveFrame, makeRequest, publish } from './test-device';

const stranger: Principal = { ...testAdministrator, org: 'org_other' };
const at = (terminal: string): Principal => ({
  ...testAdministrator,
  roles: [{ role: 'operator', scope: { terminals: [terminal] } }],
});

describe('console of a device', () => {
  let services: TestServices;
  let audit: AuditReader;
  const clients: MqttClient[] = [];
  const get = <T>(type: new (...args: never[]) => T): T => services.services.get('ingest')?.app.get(type) as T;

  beforeAll(async () => {
    services = await TestServices.start([ingest as never], {
      environment: { MQTT_PORT: '0', MQTT_HOST: '127.0.0.1', COMMAND_ANSWER_SECONDS: '1.5' },
    });
    audit = new AuditReader(services);
  }, 60_000);
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  });
  afterAll(() => services.stop(), 60_000);

  async function connected(btu: string): Promise<MqttClient> {
    const { key, csr } = await makeRequest(btu);
    const { body } = await services.call<{ certificate: string }>('enrolDevice', { body: { btu, csr } });
    const ca = get(IdentityHost).parts.authorities.anchors;
    const client = await connectOnce(get(BrokerHost).port, { clientId: btu, ca, key, cert: body.certificate });
    clients.push(client);
    return client;
  }
  const bind = async (btu: string, spreader: string, terminal: string): Promise<void> => {
    const now = Date.now() - 3_600_000;
    const fact = (type: string, data: object) => ({
      event: { id: `evt_${type}_${btu}`, type, v: 1, source: 'fleet', org: 'org_test', key: spreader, time: now, data },
    });
    await services.log.append('fleet', [
      fact('spreader-created', {
        spreader,
        number: `${spreader}-number`,
        serial: spreader,
        model: 'M',
        type: 'sts_single',
        drive: 'hydraulic',
        terminal,
      }),
      fact('btu-bound', { btu, spreader, from: now }),
    ]);
    await services.until(
      async () => (await services.call('getDevice', { params: { id: btu }, principal: at(terminal) })).status === 200,
    );
  };

  it('shows how a device is, only to those who see it', async () => {
    const client = await connected('CON-1');
    await bind('CON-1', 'spr_c1', 'ter_1');
    const status = {
      v: 1,
      at: Date.now(),
      buffer: { frames: 7, bytes: 4200, oldestAt: Date.now() - 5000 },
      signal: { technology: 'LTE', dbm: -91 },
    };
    await client.publishAsync(statusTopic('CON-1'), JSON.stringify(status), { qos: 1 });
    const shown = async (principal: Principal) =>
      services.call<{
        buffer: object | null;
        quarantined_frames: number;
        certificates: { first_used_at: string | null }[];
      }>('getDevice', {
        params: { id: 'CON-1' },
        principal,
      });
    await services.until(async () => {
      const { buffer, certificates } = (await shown(testAdministrator)).body;
      // The first use is recorded a moment later.
      return buffer !== null && certificates[0]?.first_used_at !== null;
    });
    expect((await shown(at('ter_1'))).body).toMatchObject({
      state: 'active',
      spreader_id: 'spr_c1',
      connection: 'online',
      buffer: { frames: 7, bytes: 4200 },
      signal: { technology: 'LTE', dbm: -91 },
      certificates: [{ revoked_at: null, first_used_at: expect.any(String) }],
    });
    expect((await shown(at('ter_2'))).status).toBe(404);
    expect((await shown(stranger)).status).toBe(404);
    await client.publishAsync(statusTopic('CON-1'), '{"v":1,"at":"now"}', { qos: 1 });
    await services.until(async () => (await shown(testAdministrator)).body.quarantined_frames === 1);
  });

  it('says until when the data of a spreader are complete, and what is missing', async () => {
    const client = await connected('CON-2');
    await bind('CON-2', 'spr_c2', 'ter_1');
    const t0 = Date.now() - 60_000;
    const frame = (seq: number): object =>
      liveFrame('CON-2', seq, 1, { tsDev: t0 + seq * 1000, tsSent: t0 + seq * 1000, hist: true });
    for (const seq of [1, 2, 3, 6, 9]) await publish(client, 'CON-2', frame(seq));
    const completeness = async (principal = testAdministrator) =>
      services.call<{
        complete_until: string;
        missing_frames: number;
        streams: { stream: string; missing: object[] }[];
      }>('getCompleteness', {
        params: { id: 'spr_c2' },
        principal,
      });
    const iso = (seq: number): string => new Date(t0 + seq * 1000).toISOString();
    await services.until(async () => (await completeness()).body.missing_frames === 4);
    const [stream] = (await completeness(at('ter_1'))).body.streams;
    expect(stream).toMatchObject({ stream: 'live', last_seq: 9, complete_until: iso(3), truncated: false });
    expect(stream?.missing).toEqual([
      { from_seq: 4, to_seq: 5, after: iso(3), before: iso(6), lost: false },
      { from_seq: 7, to_seq: 8, after: iso(6), before: iso(9), lost: false },
    ]);
    expect((await completeness()).body.complete_until).toBe(iso(3));
    const gap = { ...frame(1), stream: 'gap', body: { stream: 'live', boot: 1, from: 4, to: 5, count: 2 } };
    await client.publishAsync(deviceTopic('CON-2', 'gap'), JSON.stringify(gap), { qos: 1 });
    await publish(client, 'CON-2', frame(8));
    await publish(client, 'CON-2', frame(7));
    await services.until(async () => (await completeness()).body.missing_frames === 2);
    const after = (await completeness()).body;
    expect(after.streams.find((one) => one.stream === 'live')).toMatchObject({
      complete_until: iso(9),
      missing: [{ from_seq: 4, to_seq: 5, lost: true }],
    });
    const byNumber = await services.call('getCompleteness', { params: { id: 'spr_c2-number' } });
    expect(byNumber.body).toEqual(after);
    expect((await completeness(at('ter_2'))).status).toBe(404);
    expect((await completeness(stranger)).status).toBe(404);
  });

  it('replays a frame in quarantine after a fix, once', async () => {
    const client = await connected('CON-3');
    await bind('CON-3', 'spr_c3', 'ter_1');
    // The defect: a dialect that cannot read what it should.
    const dialect = dialects.find((one) => one.speaks(deviceTopic('CON-3', 'live'), 'CON-3')) as {
      decode: unknown;
      express: unknown;
    };
    const working = { ...dialect };
    dialect.express = () => undefined;
    dialect.decode = () => ({ ok: false, reason: 'a defect of ours' });
    try {
      await publish(client, 'CON-3', liveFrame('CON-3', 1, 41.5));
    } finally {
      Object.assign(dialect, working);
    }
    await publish(client, 'CON-3', 'this is none');
    type Frames = { data: { id: string; reason: string }[] };
    const listed = async () => (await services.call<Frames>('listQuarantine', { query: { btu: 'CON-3' } })).body.data;
    const frames = await services.until(async () => ((await listed()).length === 2 ? listed() : undefined));
    const idOf = (reason: RegExp): string => frames.find((frame) => reason.test(frame.reason))?.id ?? '';
    const replay = async (id: string, principal = testAdministrator) =>
      services.call<{ outcome: string }>('replayQuarantined', { params: { id }, principal });
    const mine = idOf(/defect/);
    expect((await replay(mine, stranger)).status).toBe(404);
    expect((await replay(mine, at('ter_2'))).status).toBe(404);
    expect((await replay(idOf(/JSON/))).status).toBe(409);
    const answers = await Promise.all([replay(mine), replay(mine, at('ter_1'))]);
    expect(answers.map(({ body }) => body.outcome).filter((outcome) => outcome === 'stored')).toHaveLength(1);
    await services.until(async () => (await listed()).length === 1);
    expect((await replay(mine)).status).toBe(409);
    const found: { id: string; data: { samples?: unknown } }[] = [];
    const handle = await services.log.subscribe({
      group: 'test-replay',
      topics: ['da.telemetry'],
      startAt: () => Promise.resolve(0),
      onBatch: (batch) => {
        for (const record of batch.records) found.push(record.event as never);
        return Promise.resolve();
      },
    });
    await services.until(() => Promise.resolve(found.some((event) => event.id === 'evt_CON-3.1.live.1')));
    await handle.stop();
    expect(found.filter((event) => event.id === 'evt_CON-3.1.live.1').map((event) => event.data.samples)).toEqual([
      [expect.objectContaining({ signal: 'hyd.oilTemp', values: [41.5] })],
    ]);
    expect(
      (await audit.all()).filter(({ action }) => action === 'quarantine.replay').map(({ outcome }) => outcome),
    ).toContain('success');
  });

  describe('commands', () => {
    type View = { id: string; state: string; detail: string | null; attachment: string | null };
    const send = (btu: string, body: object, principal = testAdministrator) =>
      services.call<View>('sendCommand', { params: { id: btu }, body, principal });
    const stateOf = async (btu: string, id: string): Promise<View | undefined> => {
      const { body } = await services.call<{ data: View[] }>('listCommands', { params: { id: btu } });
      return body.data.find((one) => one.id === id);
    };
    const settled = (btu: string, id: string, state: string): Promise<View> =>
      services.until(async () => {
        const view = await stateOf(btu, id);
        return view?.state === state && view;
      });

    it('go to the device, are answered, and leave their trail', async () => {
      const client = await connected('CMD-1');
      const got: { id: string; kind: string; parameters: object }[] = [];
      client.on('message', (topic, payload) => {
        expect(topic).toBe(commandTopic('CMD-1'));
        const command = JSON.parse(payload.toString()) as (typeof got)[0];
        got.push(command);
        const log = command.kind === 'upload_log' ? { log: 'line 1\nline 2' } : {};
        const answer = { v: 1, id: command.id, ok: command.kind !== 'request_burst', detail: 'as asked', ...log };
        client.publish(acknowledgementTopic('CMD-1'), JSON.stringify(answer), { qos: 1 });
      });
      await client.subscribeAsync(commandTopic('CMD-1'), { qos: 1 });
      const { body, status } = await send('CMD-1', { kind: 'upload_log', parameters: { lines: 2 } });
      expect([status, body.state]).toEqual([201, 'requested']);
      const done = await settled('CMD-1', body.id, 'done');
      expect(got).toEqual([
        { v: 1, id: body.id, kind: 'upload_log', parameters: { lines: 2 }, expiresAt: expect.any(Number) },
      ]);
      const text = await services.adapters.objects.get(done.attachment ?? '');
      expect(new TextDecoder().decode(text)).toBe('line 1\nline 2');
      const log = (principal = testAdministrator, command = body.id) =>
        services.call('getCommandLog', { params: { id: 'CMD-1', command }, principal });
      expect(await log()).toMatchObject({ status: 200, body: { text: 'line 1\nline 2' } });
      expect((await log(stranger)).status).toBe(404);
      expect((await log(testAdministrator, 'cmd_none')).status).toBe(409);
      const burst = await send('CMD-1', { kind: 'request_burst', parameters: { signal: 'vib.rms', seconds: 5 } });
      await settled('CMD-1', burst.body.id, 'refused');
      const actions = (await audit.all())
        .filter(({ detail }) => detail?.command === body.id)
        .map(({ action, actor }) => [action, actor.kind]);
      expect(actions).toEqual([
        ['command.request', 'user'],
        ['command.send', 'service'],
        ['command.acknowledge', 'device'],
      ]);
    });

    it('move nothing: what is not in the list is refused', async () => {
      await connected('CMD-2');
      for (const body of [
        { kind: 'unlock', parameters: {} },
        { kind: 'rebirth', parameters: { 'tl.command': 'unlock' } },
        { kind: 'configuration', parameters: { hoist: 'up' } },
      ])
        expect([body, (await send('CMD-2', body)).status]).toEqual([body, 400]);
      expect((await send('CMD-2', { kind: 'rebirth' }, stranger)).status).toBe(404);
      expect((await send('CMD-2', { kind: 'rebirth' }, at('ter_1'))).status).toBe(404);
      expect((await send('NOBODY', { kind: 'rebirth' })).status).toBe(404);
    });

    it('time out when nobody answers, and a late answer changes nothing', async () => {
      const client = await connected('CMD-3');
      await client.subscribeAsync(commandTopic('CMD-3'), { qos: 1 });
      const { body } = await send('CMD-3', { kind: 'rebirth' });
      await settled('CMD-3', body.id, 'timed_out');
      await client.publishAsync(
        acknowledgementTopic('CMD-3'),
        JSON.stringify({ v: 1, id: body.id, ok: true, detail: 'late' }),
        { qos: 1 },
      );
      await services.until(async () =>
        (await audit.all()).some(
          ({ action, reason }) => action === 'command.acknowledge' && reason === 'NOT_WAITED_FOR',
        ),
      );
      expect((await stateOf('CMD-3', body.id))?.state).toBe('timed_out');
    });

    it('wait for their device, and expire when it does not come', async () => {
      await (await connected('CMD-4')).endAsync(true);
      const actor = { org: 'org_test', kind: 'user', id: 'usr_test', address: null } as const;
      const id = await get(IdentityHost).parts.desk.request(actor, 'CMD-4', 'rebirth', {}, 5000);
      expect((await stateOf('CMD-4', id))?.state).toBe('requested');
      await settled('CMD-4', id, 'expired');
    });

    it('of one device are not answered by another', async () => {
      const client = await connected('CMD-5');
      const other = await connected('CMD-6');
      await client.subscribeAsync(commandTopic('CMD-5'), { qos: 1 });
      const { body } = await send('CMD-5', { kind: 'rebirth' });
      await settled('CMD-5', body.id, 'sent');
      await other.publishAsync(
        acknowledgementTopic('CMD-6'),
        JSON.stringify({ v: 1, id: body.id, ok: true, detail: 'me' }),
        { qos: 1 },
      );
      await settled('CMD-5', body.id, 'timed_out');
    });
  });
});
