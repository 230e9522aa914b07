import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { testedStatements } from '../../../tools/conformance/tested-statements';
import { mqttStatements } from '../../../tools/conformance/mqtt-statements';
import { OpenMqtt } from './open-mqtt';
import {
  acknowledge,
  connect,
  publish,
  readPublish,
  subscribe,
  text,
  unsubscribe,
  type ConnectOptions,
  type RawMqtt,
} from './raw-mqtt';

/** Statements of MQTT 3.1.1 on what the broker itself says and keeps, beside those of `mqtt-conformance`. */
describe('MQTT 3.1.1', () => {
  let mqtt: OpenMqtt;
  const connected = (options: ConnectOptions = {}): Promise<RawMqtt> => mqtt.connected(options);
  const name = (): string => mqtt.name();

  beforeAll(async () => {
    mqtt = await OpenMqtt.open();
  });
  afterEach(() => mqtt.sweep());
  afterAll(() => mqtt.broker.close());

  it('every statement that binds a server is in the title of a test', () => {
    const tested = testedStatements();
    const missing = mqttStatements.filter(({ number, binds }) => binds !== 'client' && !tested.has(number));
    expect(missing.map(({ number }) => number)).toEqual([]);
    const known = new Set(mqttStatements.map(({ number }) => number));
    expect([...tested.keys()].filter((number) => !known.has(number))).toEqual([]);
  });

  it('[MQTT-1.5.3-3] keeps U+FEFF as a character like others', async () => {
    const watcher = await connected({ id: name() });
    await watcher.subscribe('feff/+', 0);
    const client = await connected({ id: name() });
    client.send(publish('feff/\ufeffx', 'y'));
    expect(readPublish(await watcher.next()).topic).toBe('feff/\ufeffx');
    const exact = await connected({ id: name() });
    await exact.subscribe('feff/x', 0);
    client.send(publish('feff/\ufeffx', 'y'));
    await client.quiet();
    expect(await exact.quiet()).toEqual([]);
  });

  it('[MQTT-2.2.2-1, 3.1.4-4, 3.2.0-1] has the flags of the table in all that it sends, and CONNACK first', async () => {
    const client = await mqtt.socket();
    client.send(connect({ id: name() }), subscribe(1, [['flags', 2]]), publish('flags', 'x', { qos: 2, id: 3 }));
    expect(await client.next()).toMatchObject({ first: 0x20, body: Buffer.from([0, 0]) });
    expect((await client.next()).first).toBe(0x90);
    const got = [await client.next(), await client.next()];
    expect(got.map(({ first }) => first).sort((a, b) => a - b)).toEqual([0x34, 0x50]);
    expect(await client.send(acknowledge(6, 3)).next()).toMatchObject({ first: 0x70 });
    const { id } = readPublish(got.find(({ type }) => type === 3) as never);
    expect(await client.send(acknowledge(5, id)).next()).toMatchObject({ first: 0x62 });
    client.send(acknowledge(7, id), publish('other', 'x', { qos: 1, id: 4 }), unsubscribe(5, ['flags']), [0xc0, 0]);
    const last = [await client.next(), await client.next(), await client.next()];
    expect(last.map(({ first }) => first).sort((a, b) => a - b)).toEqual([0x40, 0xb0, 0xd0]);
  });

  it('[MQTT-2.3.1-4, 2.3.1-5, 4.3.1-1] has an id of its own for each message under way, and none at QoS 0', async () => {
    const watcher = await connected({ id: name(), clean: false });
    await watcher.subscribe('ids/1', 1);
    await watcher.subscribe('ids/0', 0);
    const client = await connected({ id: name() });
    for (let i = 1; i <= 60; i++) client.send(publish('ids/1', 'x', { qos: 1, id: i }));
    const ids = new Set<number>();
    for (let i = 0; i < 60; i++) ids.add(readPublish(await watcher.next()).id);
    expect([ids.size, ids.has(0)]).toEqual([60, false]);
    client.send(publish('ids/0', 'x', { qos: 1, id: 61 }));
    const plain = await watcher.next();
    expect([plain.first, plain.body.toString('latin1')]).toEqual([0x30, '\0\u0005ids/0x']);
  });

  it('[MQTT-3.1.3-1] reads the fields of CONNECT in the order of the specification', async () => {
    const watcher = await connected({ id: name() });
    await watcher.subscribe('fields/will', 0);
    const fields = [name(), 'fields/will', 'gone', 'user', 'secret'].map((field) => text(field));
    const client = await mqtt.socket();
    expect((await client.connect({ flags: 0xc6, payload: Buffer.concat(fields) })).code).toBe(0);
    client.close();
    expect(readPublish(await watcher.next()).payload).toBe('gone');
  });

  it('[MQTT-3.1.2-4, 3.1.3-2, 4.1.0-1, 4.1.0-2] keeps the session of each client id for itself', async () => {
    const [one, two] = [name(), name()];
    const first = await connected({ id: one, clean: false });
    await first.subscribe('own/one', 1);
    const second = await connected({ id: two, clean: false });
    await second.subscribe('own/two', 1);
    // As long as the connection at least: what is subscribed to is heard, whatever others do.
    const sender = await connected({ id: name() });
    sender.send(publish('own/one', '1', { qos: 1, id: 1 }), publish('own/two', '2', { qos: 1, id: 2 }));
    for (const [client, payload] of [
      [first, '1'],
      [second, '2'],
    ] as const) {
      const got = readPublish(await client.next());
      expect(got.payload).toBe(payload);
      client.send(acknowledge(4, got.id));
      await mqtt.goodbye(client);
    }
    sender.send(publish('own/one', '3', { qos: 1, id: 3 }));
    await sender.nextOf(4);
    await sender.nextOf(4);
    await sender.nextOf(4);
    const back = await mqtt.socket();
    expect(await back.connect({ id: two, clean: false })).toEqual({ present: 1, code: 0 });
    expect(await back.quiet()).toEqual([]);
    const other = await connected({ id: one, clean: false });
    expect(readPublish(await other.next()).payload).toBe('3');
  });

  it('[MQTT-3.1.2-7] keeps retained messages when the session that brought them has ended', async () => {
    const client = await connected({ id: name() });
    client.send(publish('outlives', 'v', { qos: 1, id: 1, retain: true }));
    await client.nextOf(4);
    await mqtt.goodbye(client);
    const later = await connected({ id: name() });
    await later.subscribe('outlives', 0);
    expect(readPublish(await later.next())).toMatchObject({ payload: 'v', retain: true });
  });

  it('[MQTT-3.1.2-16] does not retain a will that does not say so', async () => {
    const watcher = await connected({ id: name() });
    await watcher.subscribe('will/once', 0);
    const client = await connected({ id: name(), will: { topic: 'will/once', payload: 'gone' } });
    client.close();
    expect(readPublish(await watcher.next())).toMatchObject({ payload: 'gone', retain: false });
    const later = await connected({ id: name() });
    await later.subscribe('will/once', 0);
    expect(await later.quiet()).toEqual([]);
  });

  it('[MQTT-3.1.3-9, 3.2.2-4, 3.2.2-5] refuses with its code, without a session, and closes', async () => {
    const client = await mqtt.socket();
    const answers = await client.send(connect({ id: '', clean: false })).untilEnd();
    expect(answers).toMatchObject([{ first: 0x20, body: Buffer.from([0, 2]) }]);
  });

  it('[MQTT-3.1.4-5] looks at nothing behind a CONNECT that it refuses', async () => {
    const watcher = await connected({ id: name() });
    await watcher.subscribe('refused/#', 0);
    const client = await mqtt.socket();
    await client.send(connect({ id: '', clean: false }), publish('refused/x', 'y', { retain: true })).untilEnd();
    expect(await watcher.quiet()).toEqual([]);
  });

  it('[MQTT-3.3.1-12] changes nothing that is retained with a message that is not to be', async () => {
    const client = await connected({ id: name() });
    client.send(publish('kept/x', 'v', { qos: 1, id: 1, retain: true }), publish('kept/x', 'w'), publish('kept/x', ''));
    await client.quiet();
    await client.subscribe('kept/x', 0);
    expect(readPublish(await client.next())).toMatchObject({ payload: 'v', retain: true });
  });

  it('[MQTT-3.3.5-2, 4.8.0-2] ends the connection at a PUBLISH that may not be, and acknowledges it never', async () => {
    const client = await connected({ id: name() });
    const answers = await client.send(publish('$SYS/uptime', 'x', { qos: 1, id: 1 })).untilEnd();
    expect(answers).toEqual([]);
  });

  it('[MQTT-3.10.4-2, 3.10.4-3] finishes what it had begun when the subscription ends, and begins nothing', async () => {
    const id = name();
    const watcher = await connected({ id, clean: false });
    await watcher.subscribe('begun', 2);
    const client = await connected({ id: name() });
    client.send(publish('begun', '1', { qos: 1, id: 1 }), publish('begun', '2', { qos: 2, id: 2 }));
    const one = readPublish(await watcher.next());
    const two = readPublish(await watcher.next());
    expect([one.payload, two.payload]).toEqual(['1', '2']);
    watcher.send(unsubscribe(9, ['begun']));
    await watcher.nextOf(11);
    client.send(publish('begun', '3', { qos: 1, id: 3 }));
    expect((await watcher.send(acknowledge(5, two.id)).next()).type).toBe(6);
    watcher.close();
    // Neither was finished: both go on when the session comes back, and the third was never begun.
    const back = await connected({ id, clean: false });
    expect(readPublish(await back.next())).toMatchObject({ payload: '1', id: one.id, dup: true });
    expect(await back.next()).toMatchObject({ type: 6 });
    back.send(acknowledge(4, one.id), acknowledge(7, two.id));
    expect(await back.quiet()).toEqual([]);
  });

  it('[MQTT-4.7.3-3] takes names of 65,535 bytes', async () => {
    const topic = `${'x'.repeat(65_000)}/${'y'.repeat(534)}`;
    expect(topic).toHaveLength(65_535);
    const watcher = await connected({ id: name() });
    expect(await watcher.subscribe(topic, 0)).toBe(0);
    const client = await connected({ id: name() });
    client.send(publish(topic, 'z'));
    expect(readPublish(await watcher.next())).toMatchObject({ topic, payload: 'z' });
  });

  it('[MQTT-4.7.3-4] does not take two ways of writing a letter for one', async () => {
    const watcher = await connected({ id: name() });
    await watcher.subscribe('form/\u00e9', 0);
    const client = await connected({ id: name() });
    client.send(publish('form/e\u0301', 'x'));
    await client.quiet();
    expect(await watcher.quiet()).toEqual([]);
  });
});
