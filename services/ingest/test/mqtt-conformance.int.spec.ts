import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { firstPacketBreaches, laterBreaches } from './breaches';
import { OpenMqtt } from './open-mqtt';
import {
  acknowledge,
  connect,
  packet,
  publish,
  type RawMqtt,
  type RawPacket,
  readPublish,
  subscribe,
  unsubscribe,
  type ConnectOptions,
} from './raw-mqtt';

/** The normative statements of MQTT 3.1.1 byte by byte, against the guard and the broker with open topic rights. */
describe('MQTT 3.1.1', () => {
  let mqtt: OpenMqtt;
  const socket = (): Promise<RawMqtt> => mqtt.socket();
  const connected = (options: ConnectOptions = {}): Promise<RawMqtt> => mqtt.connected(options);
  const goodbye = (client: RawMqtt): Promise<void> => mqtt.goodbye(client);
  const sum = (causes: RegExp): number => mqtt.refused(causes);
  const name = (): string => mqtt.name();

  beforeAll(async () => {
    mqtt = await OpenMqtt.open({ queued: 50, retained: 50 });
  });
  afterEach(() => mqtt.sweep());
  afterAll(() => mqtt.broker.close());

  describe('ends the connection and counts it', () => {
    it.each(firstPacketBreaches('c-1'))(
      '[MQTT-3.1.4-1, 3.2.2-5, 3.2.2-6, 4.8.0-1] $name',
      async ({ bytes, cause, connack }) => {
        const before = sum(cause);
        const client = await socket();
        const answers = await client.send(bytes).untilEnd();
        expect(answers.map(({ type, body }) => [type, body[1]])).toEqual(connack === undefined ? [] : [[2, connack]]);
        expect(sum(cause)).toBe(before + 1);
      },
    );

    it.each(laterBreaches('c-2', 't'))('$name', async ({ bytes, cause }) => {
      const before = sum(cause);
      const client = await connected({ id: name() });
      expect(await client.send(bytes).untilEnd()).toEqual([]);
      expect(sum(cause)).toBe(before + 1);
    });

    it('judges byte by byte as in one piece', async () => {
      const client = await connected({ id: name() });
      for (const byte of Buffer.concat([publish('a/b', 'x', { qos: 1, id: 7 }), Buffer.from([0xc0, 0])]))
        client.send([byte]);
      expect((await client.nextOf(4)).body).toEqual(Buffer.from([0, 7]));
      await client.nextOf(13);
      for (const byte of publish('a/+', 'x')) client.send([byte]);
      await client.untilEnd();
    });
  });

  describe('CONNECT', () => {
    it('[MQTT-3.1.3-5] takes client ids of 1 to 23 characters, and longer ones', async () => {
      for (const id of ['a', '0123456789abcdefghijklm', 'x'.repeat(300), 'Ünïcødé-☃', '\ufeffbom'])
        expect((await (await socket()).connect({ id })).code).toBe(0);
    });

    it('[MQTT-3.1.3-6, MQTT-3.1.3-7] gives a name to a clean client without one, each its own', async () => {
      const [a, b] = [await connected({ id: '' }), await connected({ id: '' })];
      expect(await a.quiet()).toEqual([]);
      expect(await b.quiet()).toEqual([]);
    });

    it('[MQTT-3.1.4-2] ends the connection of the same client id that was there before', async () => {
      const id = name();
      const first = await connected({ id });
      const second = await connected({ id });
      await first.untilEnd();
      expect(await second.quiet()).toEqual([]);
    });

    it('[MQTT-3.1.4-5] takes packets that come right after CONNECT', async () => {
      const client = await socket();
      const id = name();
      client.send(
        connect({ id }),
        ...Array.from({ length: 200 }, (_, i) => publish('early', 'x', { qos: 1, id: i + 1 })),
      );
      expect((await client.next()).type).toBe(2);
      for (let i = 1; i <= 200; i++) expect((await client.next()).body.readUInt16BE(0)).toBe(i);
    });

    it('[MQTT-3.1.2-24] ends a connection after one and a half times the keep-alive', async () => {
      const before = sum(/keep-alive/);
      const client = await connected({ id: name(), keepAlive: 1 });
      const from = performance.now();
      await client.untilEnd(4000);
      expect(performance.now() - from).toBeGreaterThan(1400);
      expect(sum(/keep-alive/)).toBe(before + 1);
    });

    it('[MQTT-3.1.2-23] keeps a connection that pings, and one without keep-alive', async () => {
      const pinging = await connected({ id: name(), keepAlive: 1 });
      const silent = await connected({ id: name(), keepAlive: 0 });
      for (let i = 0; i < 5; i++) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        expect(await pinging.ping()).toEqual([]);
      }
      expect(await silent.quiet()).toEqual([]);
    });
  });

  describe('last will', () => {
    const will = { topic: 'will/a', payload: 'gone', qos: 1 };

    it.each<[string, (client: RawMqtt) => void]>([
      ['the connection is lost', (client) => client.close()],
      ['the client breaks the protocol', (client) => client.send([0xf0, 0])],
    ])('[MQTT-3.1.2-8] is published when %s', async (_, end) => {
      const watcher = await connected({ id: name() });
      expect(await watcher.subscribe(will.topic, 1)).toBe(1);
      const client = await connected({ id: name(), will });
      end(client);
      expect(readPublish(await watcher.next())).toMatchObject({
        topic: will.topic,
        payload: 'gone',
        qos: 1,
        retain: false,
      });
    });

    it('[MQTT-3.1.2-8] is published when the keep-alive runs out', async () => {
      const watcher = await connected({ id: name() });
      await watcher.subscribe(will.topic, 0);
      await connected({ id: name(), will, keepAlive: 1 });
      expect(readPublish(await watcher.next(4000)).payload).toBe('gone');
    });

    it('[MQTT-3.1.2-10, 3.1.2-12, 3.14.4-3] is not published after DISCONNECT', async () => {
      const watcher = await connected({ id: name() });
      await watcher.subscribe(will.topic, 1);
      await goodbye(await connected({ id: name(), will }));
      await goodbye(await connected({ id: name() }));
      expect(await watcher.quiet()).toEqual([]);
    });

    it('[MQTT-3.1.2-17] is retained when it says so', async () => {
      const client = await connected({ id: name(), will: { ...will, topic: 'will/kept', retain: true } });
      const watcher = await connected({ id: name() });
      await watcher.subscribe('will/kept', 1);
      client.close();
      await watcher.next();
      const later = await connected({ id: name() });
      await later.subscribe('will/kept', 0);
      expect(readPublish(await later.next())).toMatchObject({ payload: 'gone', retain: true });
    });
  });

  describe('sessions', () => {
    it('[MQTT-3.2.2-1, 3.2.2-2, 3.2.2-3] tells whether there is one, also one without subscriptions', async () => {
      const id = name();
      const present = async (clean: boolean): Promise<number> => {
        const client = await socket();
        const answer = await client.connect({ id, clean });
        await goodbye(client);
        return answer.present;
      };
      expect(await present(true)).toBe(0);
      expect(await present(false)).toBe(0);
      expect(await present(false)).toBe(1);
      expect(await present(true)).toBe(0);
      expect(await present(false)).toBe(0);
    });

    it('[MQTT-3.1.2-4, 3.1.2-5, 4.1.0-1] keeps QoS 1 and 2 for a session that is away, in their order, and sends them once', async () => {
      const id = name();
      const away = await connected({ id, clean: false });
      await away.subscribe('away/#', 2);
      await goodbye(away);
      const sender = await connected({ id: name() });
      sender.send(publish('away/1', 'a', { qos: 1, id: 1 }), publish('away/2', 'b', { qos: 2, id: 2 }));
      await sender.nextOf(4);
      await sender.nextOf(5);
      sender.send(acknowledge(6, 2));
      await sender.nextOf(7);
      const back = await socket();
      expect(await back.connect({ id, clean: false })).toEqual({ present: 1, code: 0 });
      const [one, two] = [readPublish(await back.next()), readPublish(await back.next())];
      expect([one, two]).toMatchObject([
        { topic: 'away/1', qos: 1, dup: false },
        { topic: 'away/2', qos: 2, dup: false },
      ]);
      expect(one.id).not.toBe(two.id);
      back.send(acknowledge(4, one.id), acknowledge(5, two.id));
      expect((await back.nextOf(6)).body.readUInt16BE(0)).toBe(two.id);
      back.send(acknowledge(7, two.id));
      await goodbye(back);
      const again = await connected({ id, clean: false });
      expect(await again.quiet()).toEqual([]);
    });

    it('[MQTT-4.4.0-1, MQTT-3.3.1-1, 4.3.2-1, 4.3.3-1] sends what was not acknowledged again, with DUP and the same packet id', async () => {
      const id = name();
      const first = await connected({ id, clean: false });
      await first.subscribe('again/#', 2);
      const sender = await connected({ id: name() });
      sender.send(publish('again/1', 'a', { qos: 1, id: 1 }), publish('again/2', 'b', { qos: 2, id: 2 }));
      const [one, two] = [readPublish(await first.next()), readPublish(await first.next())];
      expect([one.dup, two.dup]).toEqual([false, false]);
      first.send(acknowledge(5, two.id));
      expect((await first.nextOf(6)).body.readUInt16BE(0)).toBe(two.id);
      first.close();
      const second = await connected({ id, clean: false });
      expect(readPublish(await second.next())).toMatchObject({ topic: 'again/1', id: one.id, dup: true });
      // The PUBLISH of QoS 2 was received: what is sent again is its PUBREL.
      expect((await second.next()).body.readUInt16BE(0)).toBe(two.id);
      second.send(acknowledge(4, one.id), acknowledge(7, two.id));
      expect(await second.quiet()).toEqual([]);
    });

    it('[MQTT-3.1.2-6, 3.1.4-3] forgets all of a session when the client connects clean', async () => {
      const id = name();
      const first = await connected({ id, clean: false });
      await first.subscribe('clean/#', 1);
      await goodbye(first);
      const sender = await connected({ id: name() });
      sender.send(publish('clean/1', 'a', { qos: 1 }));
      await sender.nextOf(4);
      await goodbye(await connected({ id, clean: true }));
      const third = await connected({ id, clean: false });
      expect(await third.quiet()).toEqual([]);
    });

    it('bounds the queue of a session that is away, and counts what is dropped', async () => {
      const id = name();
      const before = sum(/queue of a session/);
      const away = await connected({ id, clean: false });
      await away.subscribe('full', 1);
      await goodbye(away);
      const sender = await connected({ id: name() });
      for (let i = 1; i <= 60; i++) sender.send(publish('full', String(i), { qos: 1, id: i }));
      for (let i = 1; i <= 60; i++) await sender.nextOf(4);
      const back = await connected({ id, clean: false });
      const got: RawPacket[] = [];
      while (got.length < 50) got.push(await back.next());
      expect(await back.ping()).toEqual([]);
      expect(got.map((packet) => readPublish(packet).payload)).toEqual(
        Array.from({ length: 50 }, (_, i) => String(i + 1)),
      );
      expect(sum(/queue of a session/)).toBe(before + 10);
    });

    it('does not keep a refused filter that stands beside a granted one', async () => {
      const id = name();
      const away = await connected({ id, clean: false });
      away.send(
        subscribe(1, [
          ['fine', 1],
          ['nosubscribe', 1],
        ]),
      );
      expect([...(await away.nextOf(9)).body.subarray(2)]).toEqual([1, 0x80]);
      await goodbye(away);
      const sender = await connected({ id: name() });
      sender.send(publish('nosubscribe', 'x', { qos: 1, id: 1 }), publish('fine', 'y', { qos: 1, id: 2 }));
      await sender.nextOf(4);
      await sender.nextOf(4);
      const back = await connected({ id, clean: false });
      expect((await back.quiet()).map((packet) => readPublish(packet).topic)).toEqual(['fine']);
    });
  });

  describe('PUBLISH', () => {
    it('[MQTT-2.3.1-6, 3.3.4-1, 4.3.2-2] answers QoS 1 with PUBACK and QoS 2 with PUBREC and PUBCOMP', async () => {
      const client = await connected({ id: name() });
      client.send(publish('a', 'x', { qos: 1, id: 0x1234 }));
      expect(await client.next()).toMatchObject({ first: 0x40, body: Buffer.from([0x12, 0x34]) });
      client.send(publish('a', 'x', { qos: 2, id: 0xffff }));
      expect(await client.next()).toMatchObject({ first: 0x50, body: Buffer.from([0xff, 0xff]) });
      client.send(acknowledge(6, 0xffff));
      expect(await client.next()).toMatchObject({ first: 0x70, body: Buffer.from([0xff, 0xff]) });
    });

    it('[MQTT-4.3.3-2] delivers a QoS 2 message that is sent again once', async () => {
      const watcher = await connected({ id: name() });
      await watcher.subscribe('once', 0);
      const client = await connected({ id: name() });
      client.send(publish('once', 'x', { qos: 2, id: 5 }));
      await client.nextOf(5);
      client.send(publish('once', 'x', { qos: 2, id: 5, dup: true }));
      await client.nextOf(5);
      client.send(acknowledge(6, 5));
      await client.nextOf(7);
      client.send(acknowledge(6, 5));
      await client.nextOf(7);
      expect((await watcher.quiet()).map((packet) => readPublish(packet).payload)).toEqual(['x']);
    });

    it('[MQTT-4.3.3-2] knows a QoS 2 message of a session after the connection was lost', async () => {
      const id = name();
      const watcher = await connected({ id: name() });
      await watcher.subscribe('once2', 0);
      const client = await connected({ id, clean: false });
      client.send(publish('once2', 'x', { qos: 2, id: 5 }));
      await client.nextOf(5);
      client.close();
      const again = await connected({ id, clean: false });
      again.send(publish('once2', 'x', { qos: 2, id: 5, dup: true }));
      await again.nextOf(5);
      again.send(acknowledge(6, 5));
      await again.nextOf(7);
      expect((await watcher.quiet()).map((packet) => readPublish(packet).payload)).toEqual(['x']);
    });

    it('[MQTT-3.3.1-3] does not pass DUP on', async () => {
      const watcher = await connected({ id: name() });
      await watcher.subscribe('dup', 1);
      const client = await connected({ id: name() });
      client.send(publish('dup', 'x', { qos: 1, id: 5, dup: true }));
      expect(readPublish(await watcher.next()).dup).toBe(false);
    });

    it('[MQTT-4.6.0-5, MQTT-4.6.0-6] keeps the order of a topic', async () => {
      const watcher = await connected({ id: name() });
      await watcher.subscribe('order', 1);
      const client = await connected({ id: name() });
      for (let i = 0; i < 300; i++) client.send(publish('order', String(i), { qos: 1, id: i + 1 }));
      for (let i = 0; i < 300; i++) {
        const got = readPublish(await watcher.next());
        expect(got.payload).toBe(String(i));
        watcher.send(acknowledge(4, got.id));
      }
    });

    it('takes a message without a payload, and one as large as allowed', async () => {
      const watcher = await connected({ id: name() });
      await watcher.subscribe('size', 0);
      const client = await connected({ id: name() });
      client.send(publish('size'), publish('size', Buffer.alloc(262_144 - 6, 0x20)));
      expect((await watcher.next()).body.length).toBe(6);
      expect((await watcher.next()).body.length).toBe(262_144);
      await client.send(publish('size', Buffer.alloc(262_144 - 5))).untilEnd();
    });
  });

  describe('retained messages', () => {
    it('[MQTT-3.3.1-6, 3.3.1-8, 3.3.1-9] go to new subscriptions with RETAIN, to old ones without', async () => {
      const client = await connected({ id: name() });
      await client.subscribe('kept/a', 1);
      client.send(publish('kept/a', 'v', { qos: 1, retain: true }));
      expect(readPublish(await client.nextOf(3))).toMatchObject({ payload: 'v', retain: false });
      const later = await connected({ id: name() });
      await later.subscribe('kept/+', 1);
      expect(readPublish(await later.next())).toMatchObject({ topic: 'kept/a', payload: 'v', qos: 1, retain: true });
    });

    it('[MQTT-3.3.1-5, 3.3.1-7] the last one counts, with its QoS', async () => {
      const client = await connected({ id: name() });
      client.send(publish('kept/b', '1', { qos: 1, id: 1, retain: true }));
      client.send(publish('kept/b', '2', { retain: true }), publish('kept/b', 'not kept'));
      await client.quiet();
      expect(await client.subscribe('kept/b', 2)).toBe(2);
      expect(readPublish(await client.next())).toMatchObject({ payload: '2', qos: 0, retain: true });
    });

    it('[MQTT-3.3.1-10, 3.3.1-11] an empty one deletes and is not kept', async () => {
      const client = await connected({ id: name() });
      client.send(
        publish('kept/c', '1', { qos: 1, id: 1, retain: true }),
        publish('kept/c', '', { qos: 1, id: 2, retain: true }),
      );
      await client.nextOf(4);
      await client.nextOf(4);
      await client.subscribe('kept/c', 1);
      expect(await client.quiet()).toEqual([]);
    });

    it('[MQTT-3.8.4-3] come again when a filter is subscribed to again', async () => {
      const client = await connected({ id: name() });
      client.send(publish('kept/d', 'v', { qos: 1, id: 1, retain: true }));
      await client.nextOf(4);
      for (const qos of [0, 1]) {
        expect(await client.subscribe('kept/d', qos)).toBe(qos);
        expect(readPublish(await client.next())).toMatchObject({ payload: 'v', qos });
      }
      const other = await connected({ id: name() });
      other.send(publish('kept/d', 'w', { qos: 1, id: 1 }));
      await other.nextOf(4);
      expect((await client.quiet()).map((packet) => readPublish(packet).payload)).toEqual(['w']);
    });

    it('are bounded; beyond, messages are delivered, not retained, and counted', async () => {
      const before = sum(/retained topics/);
      const client = await connected({ id: name() });
      for (let i = 1; i <= 60; i++) client.send(publish(`many/${i}`, 'x', { qos: 1, id: i, retain: true }));
      for (let i = 1; i <= 60; i++) await client.nextOf(4);
      await client.quiet();
      expect(mqtt.broker.engine.store.size.retained).toBe(50);
      expect(sum(/retained topics/)).toBe(before + 10);
    });
  });

  describe('SUBSCRIBE', () => {
    it('[MQTT-2.3.1-7, 3.8.4-1, 3.8.4-2, 3.8.4-4, 3.8.4-5, 3.9.3-1] is answered with one code for each filter, in their order', async () => {
      const client = await connected({ id: name() });
      client.send(
        subscribe(0xabcd, [
          ['a', 2],
          ['test/nosubscribe', 1],
          ['b/+', 0],
          ['c/#', 1],
        ]),
      );
      const { first, body } = await client.next();
      expect([first, ...body]).toEqual([0x90, 0xab, 0xcd, 2, 0x80, 0, 1]);
    });

    it('[MQTT-3.8.4-6, MQTT-3.9.3-2] delivers at most the QoS that was granted, also by wildcards', async () => {
      const sender = await connected({ id: name() });
      for (const [filter, granted] of [
        ['q/+', 0],
        ['q/+', 1],
        ['q/#', 1],
        ['q/x', 1],
        ['q/x', 0],
      ] as const) {
        const client = await connected({ id: name() });
        await client.subscribe(filter, granted);
        sender.send(publish('q/x', 'v', { qos: 2, id: 9 }));
        await sender.nextOf(5);
        sender.send(acknowledge(6, 9));
        await sender.nextOf(7);
        expect(readPublish(await client.next()).qos).toBe(granted);
      }
    });

    it.each([
      [
        [
          ['o/x', 0],
          ['o/+', 2],
        ],
      ],
      [
        [
          ['o/+', 2],
          ['o/x', 1],
        ],
      ],
      [
        [
          ['o/#', 1],
          ['o/+', 0],
          ['#', 0],
        ],
      ],
    ] as const)('[MQTT-3.3.5-1] grants the highest QoS of overlapping subscriptions %j', async (filters) => {
      const client = await connected({ id: name() });
      client.send(subscribe(1, filters));
      await client.nextOf(9);
      const sender = await connected({ id: name() });
      sender.send(publish('o/x', 'v', { qos: 2, id: 9 }));
      await sender.nextOf(5);
      const got = await client.quiet();
      expect(
        got
          .filter(({ type }) => type === 3)
          .map((packet) => readPublish(packet))
          .filter(({ topic }) => topic === 'o/x'),
      ).toMatchObject([{ qos: Math.max(...filters.map(([, qos]) => qos)) }]);
    });

    it.each([
      [
        'sport/tennis/player1/#',
        ['sport/tennis/player1', 'sport/tennis/player1/ranking', 'sport/tennis/player1/score/w'],
        ['sport/tennis/player2'],
      ],
      ['sport/tennis/+', ['sport/tennis/player1', 'sport/tennis/'], ['sport/tennis', 'sport/tennis/a/b']],
      ['+/+', ['/finance', 'a/b'], ['a']],
      ['/+', ['/finance'], ['finance']],
      ['sport/+/+/end', ['sport/a/b/end', 'sport///end'], ['sport/a/end']],
      ['Accounts', ['Accounts'], ['ACCOUNTS', 'Accounts/', '/Accounts']],
      ['+', ['single'], ['a/b', '/a']],
      ['a//b', ['a//b'], ['a/b']],
      ['Ünï/☃', ['Ünï/☃'], ['Uni/☃']],
    ])('[MQTT-3.3.2-3, 3.8.3-2, 4.5.0-1, 4.7.3-4] the filter %s matches what it should', async (filter, yes, no) => {
      const client = await connected({ id: name() });
      await client.subscribe(filter, 0);
      const sender = await connected({ id: name() });
      for (const topic of [...yes, ...no]) sender.send(publish(topic, 'x'));
      await sender.quiet();
      expect((await client.quiet()).map((packet) => readPublish(packet).topic)).toEqual(yes);
    });

    it('[MQTT-4.7.2-1] wildcards at the start do not match names that begin with $', async () => {
      const client = await connected({ id: name() });
      client.send(
        subscribe(1, [
          ['#', 0],
          ['+/dollar', 0],
        ]),
      );
      await client.nextOf(9);
      await client.quiet();
      const sender = await connected({ id: name() });
      sender.send(publish('$own/dollar', 'x', { retain: true }), publish('plain/dollar', 'y'));
      await sender.quiet();
      expect((await client.quiet()).map((packet) => readPublish(packet).topic)).toEqual(['plain/dollar']);
      await sender.subscribe('$own/+', 0);
      expect(readPublish(await sender.next()).topic).toBe('$own/dollar');
    });

    it('[MQTT-3.10.4-1, 3.10.4-2, 3.10.4-4, 3.10.4-5, 3.10.4-6] UNSUBSCRIBE ends the subscription and is always answered', async () => {
      const client = await connected({ id: name() });
      client.send(
        subscribe(1, [
          ['u/a', 1],
          ['u/+', 1],
        ]),
      );
      await client.nextOf(9);
      client.send(unsubscribe(2, ['u/a', 'never/had']));
      expect((await client.next()).body).toEqual(Buffer.from([0, 2]));
      client.send(unsubscribe(3, ['u/+']));
      expect(await client.next()).toMatchObject({ first: 0xb0, body: Buffer.from([0, 3]) });
      const sender = await connected({ id: name() });
      sender.send(publish('u/a', 'x', { qos: 1 }));
      await sender.nextOf(4);
      expect(await client.quiet()).toEqual([]);
    });
  });

  it('[MQTT-3.12.4-1] answers PINGREQ', async () => {
    const client = await connected({ id: name() });
    expect(await client.send([0xc0, 0]).next()).toMatchObject({ first: 0xd0, body: Buffer.alloc(0) });
  });

  it('[MQTT-3.14.4-2] closes after DISCONNECT and looks at nothing behind it', async () => {
    const watcher = await connected({ id: name() });
    await watcher.subscribe('behind', 0);
    const client = await connected({ id: name() });
    expect(await client.send([0xe0, 0], publish('behind', 'x')).untilEnd()).toEqual([]);
    expect(await watcher.quiet()).toEqual([]);
  });

  it('answers with nothing to acknowledgements of packets that were never sent', async () => {
    const client = await connected({ id: name(), clean: false });
    client.send(acknowledge(4, 9), acknowledge(7, 9));
    expect(await client.quiet()).toEqual([]);
    expect((await client.send(acknowledge(5, 9)).next()).type).toBe(6);
    expect((await client.send(packet(0x62, [0, 9])).next()).type).toBe(7);
  });
});
