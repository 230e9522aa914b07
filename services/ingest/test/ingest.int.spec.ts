import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { deviceTopic, type Principal } from '@quaywatch/contracts';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import type { MqttClient } from 'mqtt';
import { connect as tlsConnect } from 'node:tls';
import { BrokerHost, IdentityHost, ingest } from '../src/index';
import { issueDevice, makeServer, type Issuer } from '../src/pki/certificates';
import { Valve } from './held-log';
import { strangeAuthority } from './test-authority';
import { connectOnce, liveFrame, makeRequest, publish } from './test-device';

describe('ingest over mutual TLS on a real log', () => {
  const valve = new Valve();
  const clients: MqttClient[] = [];
  let services: TestServices;

  beforeAll(async () => {
    services = await TestServices.start([ingest as never], {
      environment: { MQTT_PORT: '0', MQTT_HOST: '127.0.0.1' },
      log: valve.wrap,
    });
  }, 60_000);
  afterEach(async () => {
    valve.open();
    valve.fails = undefined;
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  });
  afterAll(() => services.stop(), 60_000);

  const port = (): number => services.services.get('ingest')?.app.get(BrokerHost).port as number;

  /** Signs as the CA of the organisation does, whatever is asked. */
  const issuing = async (): Promise<Issuer> => {
    const host = services.services.get('ingest')?.app.get(IdentityHost) as IdentityHost;
    return (await host.parts.authorities.issuerFor('org_test')).issuer;
  };

  async function enrol(btu: string): Promise<{ key: string; cert: string; ca: string }> {
    const { key, csr } = await makeRequest(btu);
    const { status, body } = await services.call<{ certificate: string; chain: string }>('enrolDevice', {
      body: { btu, csr },
    });
    expect(status).toBe(201);
    return { key, cert: body.certificate, ca: body.chain };
  }
  async function connected(btu: string, identity?: { key: string; cert: string; ca: string }): Promise<MqttClient> {
    const client = await connectOnce(port(), { clientId: btu, ...(identity ?? (await enrol(btu))) });
    clients.push(client);
    return client;
  }
  const audits = async (): Promise<{ action: string; reason: string | null; target: { id: string } }[]> => {
    const found: { action: string; reason: string | null; target: { id: string } }[] = [];
    const ends = await services.log.endOffsets('audit');
    let seen = 0;
    const total = ends.reduce((sum, end) => sum + end, 0);
    const handle = await services.log.subscribe({
      group: `test-${Math.random()}`,
      topics: ['audit'],
      startAt: () => Promise.resolve(0),
      onBatch: (batch) => {
        for (const record of batch.records) found.push((record.event as { data: (typeof found)[0] }).data);
        seen += batch.records.length;
        return Promise.resolve();
      },
    });
    await services.until(() => Promise.resolve(seen >= total));
    await handle.stop();
    return found;
  };
  const stored = async (btu: string): Promise<{ id: string; type: string; data: Record<string, unknown> }[]> => {
    const found: { id: string; type: string; data: Record<string, unknown> }[] = [];
    const ends = await services.log.endOffsets('da.telemetry');
    const total = ends.reduce((sum, end) => sum + end, 0);
    let seen = 0;
    const handle = await services.log.subscribe({
      group: `test-${Math.random()}`,
      topics: ['da.telemetry'],
      startAt: () => Promise.resolve(0),
      onBatch: (batch) => {
        for (const record of batch.records) found.push(record.event as (typeof found)[0]);
        seen += batch.records.length;
        return Promise.resolve();
      },
    });
    await services.until(() => Promise.resolve(seen >= total));
    await handle.stop();
    return found.filter((event) => event.data.btu === btu);
  };

  it('stores what an enrolled device publishes, under the organisation of its certificate', async () => {
    const client = await connected('BTU-1');
    await publish(client, 'BTU-1', liveFrame('BTU-1', 1, 41.5));
    const [frame] = (await stored('BTU-1')).filter((event) => event.type === 'samples-received');
    expect(frame).toMatchObject({
      id: 'evt_BTU-1.1.live.1',
      org: 'org_test',
      data: { seq: 1, samples: [{ signal: 'hyd.oilTemp', values: [41.5] }] },
    });
  });

  it('acknowledges only when the log has it', async () => {
    const client = await connected('BTU-2');
    valve.shut();
    let acknowledged = false;
    const sent = publish(client, 'BTU-2', liveFrame('BTU-2', 1, 1)).then(() => (acknowledged = true));
    const pinged = publish(client, 'BTU-2', liveFrame('BTU-2', 2, 2));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(acknowledged).toBe(false);
    valve.open();
    await sent;
    await pinged;
    expect(
      (await stored('BTU-2')).filter((event) => event.type === 'samples-received').map((event) => event.data.seq),
    ).toEqual([1, 2]);
  });

  it('stores a frame that is sent again once, and acknowledges it each time', async () => {
    const client = await connected('BTU-3');
    for (const seq of [1, 2, 1, 2, 3, 2]) await publish(client, 'BTU-3', liveFrame('BTU-3', seq, seq));
    await Promise.all([
      publish(client, 'BTU-3', liveFrame('BTU-3', 4, 4)),
      publish(client, 'BTU-3', liveFrame('BTU-3', 4, 4)),
    ]);
    const numbers = (await stored('BTU-3'))
      .filter((event) => event.type === 'samples-received')
      .map((event) => event.data.seq);
    expect(numbers).toEqual([1, 2, 3, 4]);
  });

  it('still knows what is stored after a restart of ingest', async () => {
    const identity = await enrol('BTU-4');
    const first = await connected('BTU-4', identity);
    await publish(first, 'BTU-4', liveFrame('BTU-4', 1, 1));
    await services.stopOne('ingest');
    await services.startOne(ingest as never);
    const second = await connected('BTU-4', identity);
    await publish(second, 'BTU-4', liveFrame('BTU-4', 1, 1));
    await publish(second, 'BTU-4', liveFrame('BTU-4', 2, 2));
    const numbers = (await stored('BTU-4'))
      .filter((event) => event.type === 'samples-received')
      .map((event) => event.data.seq);
    expect(numbers).toEqual([1, 2]);
  });

  it.each([
    ['was stored', true],
    ['was not stored', false],
  ])('finds out what became of an append of which it heard no good: it %s', async (_, inLog) => {
    const btu = inLog ? 'BTU-20' : 'BTU-21';
    const identity = await enrol(btu);
    const client = await connected(btu, identity);
    await publish(client, btu, liveFrame(btu, 1, 1));
    valve.fails = { stored: inLog, when: ({ type }) => type === 'samples-received' };
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    let acknowledged = false;
    client.publish(deviceTopic(btu, 'live'), JSON.stringify(liveFrame(btu, 2, 2)), { qos: 1 }, (error) => {
      acknowledged = !error;
    });
    await closed;
    expect(acknowledged).toBe(false);
    valve.fails = undefined;
    const again = await connected(btu, identity);
    for (const seq of [2, 3]) await publish(again, btu, liveFrame(btu, seq, seq));
    const numbers = (await stored(btu))
      .filter((event) => event.type === 'samples-received')
      .map((event) => event.data.seq);
    expect(numbers).toEqual([1, 2, 3]);
  });

  it('lets a device in doubt in by what the log has, while the view of it is far behind', async () => {
    const identity = await enrol('BTU-25');
    const client = await connected('BTU-25', identity);
    let goOn!: () => void;
    valve.view = new Promise((resolve) => (goOn = resolve));
    try {
      for (const seq of [1, 2]) await publish(client, 'BTU-25', liveFrame('BTU-25', seq, seq));
      valve.fails = { stored: true, when: ({ type }) => type === 'samples-received' };
      const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
      client.publish(deviceTopic('BTU-25', 'live'), JSON.stringify(liveFrame('BTU-25', 3, 3)), { qos: 1 }, () => {});
      await closed;
      valve.fails = undefined;
      const again = await connected('BTU-25', identity);
      for (const seq of [2, 3, 4]) await publish(again, 'BTU-25', liveFrame('BTU-25', seq, seq));
    } finally {
      goOn();
    }
    const numbers = (await stored('BTU-25'))
      .filter((event) => event.type === 'samples-received')
      .map((event) => event.data.seq);
    expect(numbers).toEqual([1, 2, 3, 4]);
  });

  it('lets a device in doubt wait while the log is away', async () => {
    const identity = await enrol('BTU-22');
    const client = await connected('BTU-22', identity);
    valve.fails = { stored: false, when: () => true };
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.publish(deviceTopic('BTU-22', 'live'), JSON.stringify(liveFrame('BTU-22', 1, 1)), { qos: 1 }, () => {});
    await closed;
    await expect(connectOnce(port(), { clientId: 'BTU-22', ...identity })).rejects.toThrow(/unavailable/i);
    valve.fails = undefined;
    const again = await connected('BTU-22', identity);
    await publish(again, 'BTU-22', liveFrame('BTU-22', 1, 1));
  });

  it('takes a backlog of days that comes after newer frames, once', async () => {
    const client = await connected('BTU-23');
    for (const seq of [26_000, 1, 2, 1, 26_000]) await publish(client, 'BTU-23', liveFrame('BTU-23', seq, seq));
    const numbers = (await stored('BTU-23'))
      .filter((event) => event.type === 'samples-received')
      .map((event) => event.data.seq);
    expect(numbers).toEqual([26_000, 1, 2]);
  });

  it('keeps a frame that is too large as an event in quarantine', async () => {
    const client = await connected('BTU-24');
    const columns = Object.fromEntries(
      Array.from({ length: 13 }, (_, i) => [
        `x${i}`,
        { t: Array<number>(4900).fill(0), values: Array<number>(4900).fill(1) },
      ]),
    );
    await publish(client, 'BTU-24', liveFrame('BTU-24', 1, 1, { body: { signals: columns } } as never));
    const found = await stored('BTU-24');
    expect(found.filter((event) => event.type === 'frame-quarantined').map((event) => event.data.reason)).toEqual([
      expect.stringMatching(/an event of \d+ bytes/),
    ]);
    await publish(client, 'BTU-24', liveFrame('BTU-24', 2, 2));
  });

  it('acknowledges, keeps and lists what cannot be decoded', async () => {
    const client = await connected('BTU-5');
    const bad: [string, RegExp][] = [
      ['not json', /not JSON/],
      ['{"v":9}', /./],
      [`${'['.repeat(5000)}`, /nested/],
      [JSON.stringify(liveFrame('BTU-OTHER', 1, 1)), /certificate/],
      [JSON.stringify(liveFrame('BTU-5', 1, 1, { tsDev: Date.now() + 3_600_000 })), /future/],
      [
        JSON.stringify(liveFrame('BTU-5', 2, 1, { body: { signals: { x: { t: [0, 1], values: [1] } } } } as never)),
        /times/,
      ],
      [
        JSON.stringify(
          liveFrame('BTU-5', 3, 1, { body: { signals: { x: { t: [0, 1e15], values: [1, 2] } } } } as never),
        ),
        /future/,
      ],
      [JSON.stringify(liveFrame('BTU-5', 4, 1, { tsDev: 0, hist: true })), /back/],
      [JSON.stringify(liveFrame('BTU-5', 5, 1, { sid: 'a\u0000' } as never)), /U\+0000/],
    ];
    for (const [payload] of bad) await publish(client, 'BTU-5', payload);
    const { body } = await services.until(async () => {
      const answer = await services.call<{ data: { reason: string; raw_base64: string }[] }>('listQuarantine', {
        query: { btu: 'BTU-5' },
      });
      return answer.body.data.length === bad.length && answer;
    });
    for (const [payload, reason] of bad) {
      const kept = body.data.find((frame) => Buffer.from(frame.raw_base64, 'base64').toString() === payload);
      expect(kept?.reason).toMatch(reason);
    }
  });

  it('shows devices come and go', async () => {
    const client = await connected('BTU-6');
    const state = async (): Promise<string | undefined> => {
      const { body } = await services.call<{ data: { btu: string; connection: string }[] }>('listDevices');
      return body.data.find((device) => device.btu === 'BTU-6')?.connection;
    };
    await services.until(async () => (await state()) === 'online');
    await client.endAsync();
    await services.until(async () => (await state()) === 'offline');
    const again = await connected('BTU-6', await enrol('BTU-6'));
    again.stream.destroy();
    await services.until(async () => (await stored('BTU-6')).some((event) => event.data.how === 'lost'));
    expect((await stored('BTU-6')).filter((event) => event.data.how).map((event) => event.data.how)).toEqual([
      'goodbye',
      'lost',
    ]);
  });

  it('does not show a device as connected that was when ingest ended without a word', async () => {
    const state = async (): Promise<{ connection: string; last_seen_at: string } | undefined> => {
      const { body } = await services.call<{ data: { btu: string; connection: string; last_seen_at: string }[] }>(
        'listDevices',
      );
      return body.data.find((device) => device.btu === 'BTU-25');
    };
    await connected('BTU-25');
    const before = await services.until(async () => {
      const device = await state();
      return device?.connection === 'online' && device;
    });
    // As after kill -9: nobody writes down that the session ended.
    valve.fails = { stored: false, when: ({ type }) => type === 'device-disconnected' };
    await services.stopOne('ingest');
    valve.fails = undefined;
    await services.startOne(ingest as never);
    await services.until(async () => (await state())?.connection === 'offline');
    expect((await state())?.last_seen_at).toBe(before.last_seen_at);
  });

  it('shows a device that takes over its own session as connected', async () => {
    const identity = await enrol('BTU-26');
    const first = await connected('BTU-26', identity);
    const closed = new Promise<void>((resolve) => first.once('close', () => resolve()));
    const second = await connected('BTU-26', identity);
    await closed;
    await publish(second, 'BTU-26', liveFrame('BTU-26', 1, 1));
    const seen = (await stored('BTU-26')).map((event) => event.data.how ?? event.type);
    expect(seen).toEqual(['device-connected', 'lost', 'device-connected', 'samples-received']);
  });

  describe('who gets in', () => {
    it.each([
      ['no certificate', {}],
      ['a certificate of another CA with the same serial', 'foreign'],
      ['a client id that is not its own', { clientId: 'BTU-7X' }],
      ['an expired certificate', 'expired'],
      ['a server certificate', 'server'],
    ] as const)('refuses %s', async (_, how) => {
      const mine = await enrol('BTU-7');
      let identity: object = { ca: mine.ca };
      if (how === 'foreign') {
        const other = await strangeAuthority('Quaywatch device root');
        const { key, csr } = await makeRequest('BTU-7');
        const issued = await issueDevice(other, 'BTU-7', csr, Date.now(), 86_400_000);
        if (!issued.ok) throw new Error(issued.reason);
        identity = { ca: mine.ca, key, cert: issued.value.pem };
      } else if (how === 'expired' || how === 'server') {
        const authority = await issuing();
        if (how === 'server') {
          const server = await makeServer(authority, ['BTU-7'], Date.now());
          identity = { ca: mine.ca, key: server.keyPem, cert: server.certificatePem };
        } else {
          const { key, csr } = await makeRequest('BTU-7');
          const issued = await issueDevice(authority, 'BTU-7', csr, Date.now() - 10 * 86_400_000, 86_400_000);
          if (!issued.ok) throw new Error(issued.reason);
          identity = { ca: mine.ca, key, cert: issued.value.pem };
        }
      } else if ('clientId' in how) identity = { ...mine, ...how };
      await expect(connectOnce(port(), { clientId: 'BTU-7', ...identity })).rejects.toThrow();
    });

    it('says in the audit trail why', async () => {
      const reasons = (await audits())
        .filter((entry) => entry.action === 'device.connect')
        .map((entry) => entry.reason);
      expect(reasons).toEqual(expect.arrayContaining(['CERT_HAS_EXPIRED', 'client id BTU-7X']));
      expect(reasons.some((reason) => /UNABLE_TO_VERIFY|SELF_SIGNED|SIGNATURE/.test(reason ?? ''))).toBe(true);
    });

    it('refuses weak keys, foreign names and other organisations at enrolment', async () => {
      const weak = await makeRequest('BTU-8', {
        name: 'RSASSA-PKCS1-v1_5',
        modulusLength: 1024,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: 'SHA-256',
      });
      expect((await services.call('enrolDevice', { body: { btu: 'BTU-8', csr: weak.csr } })).status).toBe(400);
      const other = await makeRequest('BTU-9');
      expect((await services.call('enrolDevice', { body: { btu: 'BTU-8', csr: other.csr } })).status).toBe(400);
      expect((await services.call('enrolDevice', { body: { btu: 'BTU-8', csr: 'nonsense' } })).status).toBe(400);
      const mine = await makeRequest('BTU-1');
      const stranger = { ...testAdministrator, org: 'org_other' };
      expect(
        (await services.call('enrolDevice', { body: { btu: 'BTU-1', csr: mine.csr }, principal: stranger })).status,
      ).toBe(409);
    });

    it('shows and revokes devices only at the terminals of the caller', async () => {
      await enrol('BTU-30');
      await enrol('BTU-31');
      const at = Date.now();
      const fact = (type: string, data: object) => ({
        event: { id: `evt_${type}`, type, v: 1, source: 'fleet', org: 'org_test', key: 'spr_1', time: at, data },
      });
      await services.log.append('fleet', [
        fact('spreader-created', {
          spreader: 'spr_1',
          number: '1',
          serial: 'S1',
          model: 'M',
          type: 'sts_single',
          drive: 'hydraulic',
          terminal: 'ter_1',
        }),
        fact('btu-bound', { btu: 'BTU-30', spreader: 'spr_1', from: at }),
      ]);
      const officer = (terminal: string): Principal => ({
        ...testAdministrator,
        roles: [{ role: 'security_officer', scope: { terminals: [terminal] } }],
      });
      const seen = async (principal: Principal): Promise<string[]> => {
        const { body } = await services.call<{ data: { btu: string }[] }>('listDevices', { principal });
        return body.data.map((device) => device.btu);
      };
      await services.until(async () => (await seen(officer('ter_1'))).length === 1);
      expect(await seen(officer('ter_1'))).toEqual(['BTU-30']);
      expect(await seen(officer('ter_2'))).toEqual([]);
      const revoke = async (btu: string, principal: Principal): Promise<number> =>
        (await services.call('revokeDevice', { params: { id: btu }, body: { reason: 'x' }, principal })).status;
      expect(await revoke('BTU-30', officer('ter_2'))).toBe(404);
      expect(await revoke('BTU-31', officer('ter_1'))).toBe(404);
      expect(await revoke('BTU-30', officer('ter_1'))).toBe(200);
      const { csr } = await makeRequest('BTU-32');
      const answer = await services.call('enrolDevice', { body: { btu: 'BTU-32', csr }, principal: officer('ter_1') });
      expect(answer.status).toBe(403);
    });

    it('cuts a live session when its certificate is revoked, and never lets it in again', async () => {
      const identity = await enrol('BTU-10');
      const client = await connected('BTU-10', identity);
      const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
      const { status } = await services.call('revokeDevice', { params: { id: 'BTU-10' }, body: { reason: 'lost' } });
      expect(status).toBe(200);
      await closed;
      await services.until(async () => (await stored('BTU-10')).some((event) => event.data.how === 'refused'));
      await expect(connectOnce(port(), { clientId: 'BTU-10', ...identity })).rejects.toThrow();
      await services.stopOne('ingest');
      await services.startOne(ingest as never);
      await expect(connectOnce(port(), { clientId: 'BTU-10', ...identity })).rejects.toThrow();
    });
  });

  describe('what a device may do', () => {
    it('closes the connection on a foreign topic, stores nothing of it', async () => {
      const client = await connected('BTU-11');
      const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
      client.publish('bsms/v1/BTU-1/live', JSON.stringify(liveFrame('BTU-1', 99, 1)), { qos: 1 });
      await closed;
      expect((await stored('BTU-1')).some((event) => event.data.seq === 99)).toBe(false);
    });

    it.each([
      ['a last will on a foreign topic', { topic: 'bsms/v1/BTU-1/state', payload: Buffer.from('x'), qos: 1 as const }],
      ['a last will that is data', { topic: 'bsms/v1/BTU-14/live', payload: Buffer.from('x'), qos: 1 as const }],
    ])('refuses %s', async (_, will) => {
      const identity = await enrol('BTU-14');
      await expect(
        connectOnce(port(), { clientId: 'BTU-14', ...identity, will: { ...will, retain: false } }),
      ).rejects.toThrow();
    });

    it.each([
      ['QoS 2', 'bsms/v1/BTU-15/live', { qos: 2 as const }],
      ['a retained message', 'bsms/v1/BTU-15/live', { qos: 1 as const, retain: true }],
      ['U+0000 in a topic', 'bsms/v1/BTU-15/live\u0000', { qos: 1 as const }],
      ['$SYS', '$SYS/x', { qos: 1 as const }],
    ])('closes the connection on %s, stores nothing of it', async (_, topic, options) => {
      const client = await connected('BTU-15');
      const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
      client.publish(topic, JSON.stringify(liveFrame('BTU-15', 1, 1)), options, () => undefined);
      await closed;
      expect((await stored('BTU-15')).filter((event) => /samples|quarantined/.test(event.type))).toEqual([]);
    });

    it('answers a foreign subscription with 0x80 and its own commands with the QoS', async () => {
      const client = await connected('BTU-12');
      await expect(client.subscribeAsync('bsms/v1/BTU-1/cmd')).rejects.toThrow();
      await expect(client.subscribeAsync('#')).rejects.toThrow();
      const granted = await client.subscribeAsync('bsms/v1/BTU-12/cmd', { qos: 1 });
      expect(granted.map((grant) => grant.qos)).toEqual([1]);
    });

    it('ends a connection that announces a packet that is too large, before its body', async () => {
      const { key, cert, ca } = await enrol('BTU-13');
      const socket = tlsConnect({ host: '127.0.0.1', port: port(), key, cert, ca });
      await new Promise((resolve) => socket.once('secureConnect', resolve));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined);
      socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
      await closed;
    });
  });
});
