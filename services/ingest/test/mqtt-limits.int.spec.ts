import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { deviceTopic } from '@quaywatch/contracts';
import { TestServices } from '@quaywatch/runtime/testing';
import { connect as tcp } from 'node:net';
import { connect as tls, type TLSSocket } from 'node:tls';
import { createWebSocketStream, WebSocket } from 'ws';
import { BrokerHost, ingest } from '../src/index';
import { firstPacketBreaches, laterBreaches } from './breaches';
import { Valve } from './held-log';
import { acknowledge, publish, RawMqtt, subscribe } from './raw-mqtt';
import { liveFrame, makeRequest } from './test-device';

interface Identity {
  key: string;
  cert: string;
  ca: string;
}

/** The product's own MQTT ports, with mutual TLS, byte by byte. */
describe('MQTT ports of ingest', () => {
  const valve = new Valve();
  const open: { close(): void }[] = [];
  const identities = new Map<string, Identity>();
  let services: TestServices;

  beforeAll(async () => {
    services = await TestServices.start([ingest as never], {
      environment: {
        MQTT_PORT: '0',
        MQTT_WS_PORT: '0',
        MQTT_HOST: '127.0.0.1',
        MQTT_CONNECT_SECONDS: '2',
        MQTT_PACKET_SECONDS: '3',
        MQTT_HANDSHAKE_SECONDS: '2',
        MQTT_MAX_HANDSHAKES: '4',
        MQTT_MAX_WAITING: '8',
        MQTT_MAX_UNACKNOWLEDGED: '16',
        MQTT_INTAKE_BYTES: '1048576',
        MQTT_MAX_OUTBOUND_BYTES: '65536',
        MQTT_DEVICE_RATE: '100',
      },
      log: valve.wrap,
    });
  }, 60_000);
  afterEach(() => {
    valve.open();
    for (const client of open.splice(0)) client.close();
  });
  afterAll(() => services.stop(), 60_000);

  const host = (): BrokerHost => services.services.get('ingest')?.app.get(BrokerHost) as BrokerHost;
  const counted = (cause: RegExp): number =>
    Object.entries(host().open.refused).reduce((sum, [name, times]) => sum + (cause.test(name) ? times : 0), 0);
  const topic = (btu: string): string => deviceTopic(btu, 'live');
  const frame = (btu: string, seq: number, id = seq): Buffer =>
    publish(topic(btu), JSON.stringify(liveFrame(btu, seq, seq)), { qos: 1, id });

  async function identityOf(btu: string): Promise<Identity> {
    const known = identities.get(btu);
    if (known) return known;
    const { key, csr } = await makeRequest(btu);
    const { status, body } = await services.call<{ certificate: string; chain: string }>('enrolDevice', {
      body: { btu, csr },
    });
    expect(status).toBe(201);
    const identity = { key, cert: body.certificate, ca: body.chain };
    identities.set(btu, identity);
    return identity;
  }
  async function socket(btu: string): Promise<RawMqtt> {
    const stream = tls({ port: host().port, host: '127.0.0.1', ...(await identityOf(btu)) });
    await new Promise((resolve, reject) => stream.once('secureConnect', resolve).once('error', reject));
    const client = new RawMqtt(stream);
    open.push(client);
    return client;
  }
  async function connected(btu: string, keepAlive = 60): Promise<RawMqtt> {
    const client = await socket(btu);
    expect(await client.connect({ id: btu, keepAlive })).toEqual({ present: 0, code: 0 });
    return client;
  }
  interface Audited {
    reason: string | null;
    target: { id: string };
    outcome: string;
    detail?: { times: number };
  }
  async function audited(btu: string): Promise<Audited[]> {
    const found: Audited[] = [];
    const ends = await services.log.endOffsets('audit');
    const total = ends.reduce((sum, end) => sum + end, 0);
    let seen = 0;
    const handle = await services.log.subscribe({
      group: `test-${Math.random()}`,
      topics: ['audit'],
      startAt: () => Promise.resolve(0),
      onBatch: (batch) => {
        for (const record of batch.records) found.push((record.event as { data: Audited }).data);
        seen += batch.records.length;
        return Promise.resolve();
      },
    });
    await services.until(() => Promise.resolve(seen >= total));
    await handle.stop();
    return found.filter(({ target, outcome }) => target.id === btu && outcome === 'refused');
  }

  describe('end the connection, count and audit it', () => {
    it.each(firstPacketBreaches('BTU-A'))('$name', async ({ bytes, cause, connack }) => {
      const before = counted(cause);
      const client = await socket('BTU-A');
      const answers = await client.send(bytes).untilEnd();
      expect(answers.map(({ type, body }) => [type, body[1]])).toEqual(connack === undefined ? [] : [[2, connack]]);
      expect(counted(cause)).toBe(before + 1);
    });

    it.each(laterBreaches('BTU-B', topic('BTU-B')))('$name', async ({ bytes, cause }) => {
      const before = counted(cause);
      const client = await connected('BTU-B');
      expect(await client.send(bytes).untilEnd()).toEqual([]);
      expect(counted(cause)).toBe(before + 1);
    });

    it('audits the first of a cause at once and the others of the minute together', async () => {
      for (let i = 0; i < 5; i++) await (await connected('BTU-C')).send([0xf0, 0]).untilEnd();
      const mine = await services.until(async () => {
        const found = await audited('BTU-C');
        return found.length > 0 && found;
      });
      expect(mine).toEqual([expect.objectContaining({ reason: 'packet type not of a client [MQTT-2.2.1]' })]);
      expect((await audited('BTU-B')).length).toBeGreaterThan(10);
    });
  });

  it('answers a foreign subscription with 0x80, its own with the QoS, in one SUBACK', async () => {
    const client = await connected('BTU-D');
    client.send(
      subscribe(7, [
        ['#', 0],
        ['bsms/v1/BTU-D/cmd', 1],
        ['bsms/v1/BTU-A/cmd', 1],
        ['bsms/v1/+/cmd', 1],
      ]),
    );
    expect([...(await client.nextOf(9)).body]).toEqual([0, 7, 0x80, 1, 0x80, 0x80]);
  });

  it('answers a client id that is not of the certificate with 0x02', async () => {
    expect((await (await socket('BTU-D')).connect({ id: 'BTU-A' })).code).toBe(2);
    expect((await (await socket('BTU-D')).connect({ id: '' })).code).toBe(2);
  });

  describe('time', () => {
    it('closes a connection that sends no CONNECT', async () => {
      const before = counted(/no CONNECT in time/);
      await (await socket('BTU-E')).untilEnd(8000);
      await (await socket('BTU-E')).send([0x10, 20, 0, 4]).untilEnd(8000);
      expect(counted(/no CONNECT in time/)).toBe(before + 2);
    });

    it('closes a connection whose packet does not get whole', async () => {
      const client = await connected('BTU-E');
      client.send(frame('BTU-E', 1).subarray(0, 50));
      await client.untilEnd(8000);
      expect(counted(/not whole in time/)).toBe(1);
    });

    it('closes a connection after one and a half times its keep-alive [MQTT-3.1.2-24]', async () => {
      const client = await connected('BTU-E', 1);
      await client.untilEnd(8000);
      expect(counted(/3\.1\.2-24/)).toBe(1);
    });

    it('closes a socket that does not shake hands', async () => {
      const stream = tcp({ port: host().port, host: '127.0.0.1' });
      stream.on('error', () => undefined).resume();
      await new Promise((resolve) => stream.once('close', resolve));
      expect(counted(/^handshake /)).toBeGreaterThan(0);
    });
  });

  it('shakes so many hands at a time, lets so many wait, turns the rest away, and serves on', async () => {
    const live = await connected('BTU-F');
    const before = counted(/sockets that wait/);
    const idle = Array.from({ length: 20 }, () => tcp({ port: host().port, host: '127.0.0.1' }));
    const closed = idle.map((stream) => {
      stream.on('error', () => undefined).resume();
      return new Promise((resolve) => stream.once('close', resolve));
    });
    await services.until(() => Promise.resolve(counted(/sockets that wait/) >= before + 8));
    live.send(frame('BTU-F', 1));
    expect((await live.nextOf(4)).type).toBe(4);
    await Promise.all(closed);
    expect(counted(/sockets that wait/)).toBe(before + 8);
    expect(await (await connected('BTU-F')).ping()).toEqual([]);
  });

  it('lets all in that connect at the same time, within the places to wait', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `BTU-S${i}`);
    await Promise.all(names.map(identityOf));
    const all = await Promise.all(names.map((name) => connected(name)));
    expect(await Promise.all(all.map((client) => client.ping()))).toEqual(names.map(() => []));
  });

  it('disconnects a device that does not read', async () => {
    const client = await connected('BTU-G');
    expect(await client.subscribe('bsms/v1/BTU-G/cmd', 1)).toBe(1);
    client.stream.pause();
    const payload = 'x'.repeat(50_000);
    for (let i = 0; i < 400; i++) {
      host().open.command('BTU-G', payload);
      if (counted(/slow consumer/) > 0) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await services.until(() => Promise.resolve(counted(/slow consumer/) === 1));
    await services.until(() => Promise.resolve(!host().open.connected().includes('BTU-G')));
  });

  it('slows down a device that is faster than its rate, and loses nothing', async () => {
    const client = await connected('BTU-H');
    // 200 at once, 100 at 100/s. A machine that is itself slower than that needs more of them to be too fast.
    for (let next = 1; counted(/rate of a device/) === 0; next += 300) {
      const from = performance.now();
      for (let seq = next; seq < next + 300; seq++) client.send(frame('BTU-H', seq));
      for (let seq = next; seq < next + 300; seq++) expect((await client.nextOf(4)).body.readUInt16BE(0)).toBe(seq);
      expect(performance.now() - from).toBeGreaterThan(900);
    }
  });

  describe('while the log stalls', () => {
    it('holds PUBACKs back, answers PINGREQ, keeps the connection, and goes on in order', async () => {
      const client = await connected('BTU-I', 1);
      valve.shut();
      for (let seq = 1; seq <= 100; seq++) client.send(frame('BTU-I', seq));
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 500));
      expect(client.ended).toBe(false);
      valve.open();
      for (let seq = 1; seq <= 100; seq++) expect((await client.nextOf(4)).body.readUInt16BE(0)).toBe(seq);
    });

    it('answers a PINGREQ behind a PUBLISH that waits', async () => {
      const client = await connected('BTU-I');
      valve.shut();
      client.send(frame('BTU-I', 101), [0xc0, 0]);
      expect((await client.next()).type).toBe(13);
      valve.open();
      expect((await client.next()).type).toBe(4);
    });

    it('takes no more than its bound from all devices, then lets each go on in its turn', async () => {
      const names = Array.from({ length: 8 }, (_, i) => `BTU-J${i}`);
      const clients = await Promise.all(names.map((name) => connected(name)));
      valve.shut();
      const filler = 'x'.repeat(60_000);
      const big = (btu: string, seq: number): Buffer =>
        publish(topic(btu), JSON.stringify({ ...liveFrame(btu, seq, seq), sid: 'S' }) + ' '.repeat(filler.length), {
          qos: 1,
          id: seq,
        });
      const each = 40;
      clients.forEach((client, i) => {
        for (let seq = 1; seq <= each; seq++) client.send(big(names[i] as string, seq));
      });
      await services.until(() => Promise.resolve(host().open.intakeBytes.now >= 1_048_576));
      await new Promise((resolve) => setTimeout(resolve, 300));
      // 19 MB were sent: the bound, and one read of each.
      expect(host().open.intakeBytes.peak).toBeLessThan(1_048_576 + 8 * 65_536);
      valve.open();
      await Promise.all(
        clients.map(async (client) => {
          for (let seq = 1; seq <= each; seq++) expect((await client.nextOf(4, 10_000)).body.readUInt16BE(0)).toBe(seq);
        }),
      );
      expect(host().open.intakeBytes.now).toBe(0);
    });

    it('serves a device with one frame while another has thousands waiting', async () => {
      const [greedy, modest] = [await connected('BTU-K'), await connected('BTU-L')];
      valve.shut();
      for (let seq = 1; seq <= 300; seq++) greedy.send(frame('BTU-K', seq));
      await new Promise((resolve) => setTimeout(resolve, 200));
      modest.send(frame('BTU-L', 1));
      await new Promise((resolve) => setTimeout(resolve, 200));
      valve.open();
      await modest.nextOf(4);
      expect(greedy.unread).toBeLessThan(300);
      for (let left = 300; left > 0; left--) await greedy.nextOf(4);
    });
  });

  describe('over WebSocket', () => {
    async function webSocket(btu: string, protocols: string[] = ['mqtt']): Promise<WebSocket> {
      const socket = new WebSocket(`wss://127.0.0.1:${host().open.webSocketPort}/mqtt`, protocols, {
        ...(await identityOf(btu)),
        perMessageDeflate: false,
      });
      open.push({ close: () => socket.terminate() });
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      return socket;
    }
    const overWebSocket = async (btu: string): Promise<RawMqtt> =>
      new RawMqtt(createWebSocketStream(await webSocket(btu)));

    it('[MQTT-6.0.0-4] speaks the subprotocol mqtt and stores what a device publishes', async () => {
      expect((await webSocket('BTU-W')).protocol).toBe('mqtt');
      const client = await overWebSocket('BTU-W');
      expect((await client.connect({ id: 'BTU-W' })).code).toBe(0);
      client.send(frame('BTU-W', 1), frame('BTU-W', 2));
      expect((await client.nextOf(4)).body.readUInt16BE(0)).toBe(1);
      expect((await client.nextOf(4)).body.readUInt16BE(0)).toBe(2);
    });

    it('[MQTT-6.0.0-2] takes packets cut anywhere', async () => {
      const client = await overWebSocket('BTU-W');
      expect((await client.connect({ id: 'BTU-W' })).code).toBe(0);
      for (const byte of frame('BTU-W', 3)) client.send([byte]);
      expect((await client.nextOf(4)).body.readUInt16BE(0)).toBe(3);
    });

    it('[MQTT-6.0.0-1] ends a connection that sends text', async () => {
      const socket = await webSocket('BTU-W');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.send('text');
      await closed;
      expect(counted(/6\.0\.0-1/)).toBe(1);
    });

    it('[MQTT-6.0.0-3] refuses an upgrade that does not offer mqtt', async () => {
      await expect(webSocket('BTU-W', [])).rejects.toThrow(/400/);
      await expect(webSocket('BTU-W', ['other'])).rejects.toThrow(/400/);
    });

    it('asks for a certificate and answers anything but an upgrade with 426', async () => {
      const { ca, key, cert } = await identityOf('BTU-W');
      const url = `wss://127.0.0.1:${host().open.webSocketPort}/`;
      const stranger = new WebSocket(url, ['mqtt'], { ca });
      await expect(
        new Promise((resolve, reject) => stranger.once('open', resolve).once('error', reject)),
      ).rejects.toThrow();
      const plain: TLSSocket = tls({ host: '127.0.0.1', port: host().open.webSocketPort as number, ca, key, cert });
      plain.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      const answer = await new Promise<Buffer>((resolve) => plain.once('data', resolve));
      expect(answer.toString()).toMatch(/^HTTP\/1.1 426/);
      plain.destroy();
    });

    it('guards as on the other port', async () => {
      const before = counted(/3\.3\.2-2/);
      const client = await overWebSocket('BTU-W');
      await client.connect({ id: 'BTU-W' });
      await client.send(publish('a/+', 'x')).untilEnd();
      expect(counted(/3\.3\.2-2/)).toBe(before + 1);
      const other = await overWebSocket('BTU-W');
      expect((await other.connect({ id: 'BTU-X' })).code).toBe(2);
    });
  });

  it('forgets nothing of what it counts: acknowledgements for nothing do no harm', async () => {
    const client = await connected('BTU-M');
    client.send(acknowledge(4, 3), acknowledge(7, 3));
    expect(await client.ping()).toEqual([]);
  });
});
