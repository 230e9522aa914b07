import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { acknowledgementTopic, commandTopic, type EventEnvelope } from '@quaywatch/contracts';
import type { RunningService } from '@quaywatch/runtime';
import type { MqttClient } from 'mqtt';
import { SessionHolders } from '../src/devices/session-holders';
import { BrokerHost, ingest as definition } from '../src/index';
import { RunningIngest, type DeviceCredentials } from './running-ingest';
import { liveFrame, publish } from './test-device';

/** A process of ingest: here two run in one, with nothing in common but store, log and objects. */
describe('two processes behind one address', () => {
  let ingest: RunningIngest;
  let first: RunningService;
  let second: RunningService;
  let log: EventEnvelope[];
  const portOf = (service: RunningService): number => (service.app.get(BrokerHost) as BrokerHost).port;
  const holds = (service: RunningService, btu: string): boolean =>
    (service.app.get(BrokerHost) as BrokerHost).open.connected().includes(btu);
  const connect = (who: DeviceCredentials, service: RunningService): Promise<MqttClient> =>
    ingest.connect(who, portOf(service));
  const closed = (client: MqttClient): Promise<void> =>
    client.connected ? new Promise((done) => client.once('close', () => done())) : Promise.resolve();

  beforeAll(async () => {
    ingest = await RunningIngest.start({ OFFENCES_MOST: '4', MQTT_ORGANISATION_RATE: '200' });
    first = ingest.services.services.get('ingest') as RunningService;
    second = await ingest.services.startOne(definition as never);
    log = await ingest.events('da.telemetry', () => true);
    // The first device of an organisation makes its CA: the other process knows it a look later.
    const who = await ingest.enrolled('SCO-0');
    for (const one of [first, second])
      await ingest.services.until(() => connect(who, one).then((client) => client.endAsync(true).then(() => true)));
  }, 60_000);
  afterAll(async () => {
    await first?.stop();
    await ingest?.stop();
  }, 60_000);

  it('a device that comes to the other one is let in there, its older session is cut, and each frame is stored once', async () => {
    const who = await ingest.enrolled('SCO-1');
    const frames = (client: MqttClient, seqs: number[]): Promise<unknown> =>
      Promise.all(seqs.map((seq) => publish(client, 'SCO-1', liveFrame('SCO-1', seq, seq))));
    const older = await connect(who, first);
    await frames(older, [1, 2, 3]);
    const cut = closed(older);
    const newer = await connect(who, second);
    await cut;
    expect([holds(first, 'SCO-1'), holds(second, 'SCO-1')]).toEqual([false, true]);
    await frames(newer, [2, 3, 4]);
    // Back again: the first one has a book of its own, which is out of date.
    const back = await connect(who, first);
    await closed(newer);
    await frames(back, [3, 4, 5]);
    const stored = (): string[] =>
      log
        .filter(({ type, data }) => type === 'samples-received' && (data as { btu: string }).btu === 'SCO-1')
        .map(({ id }) => id);
    await ingest.services.until(() => Promise.resolve(stored().includes('evt_SCO-1.1.live.5')));
    expect(stored()).toEqual([1, 2, 3, 4, 5].map((seq) => `evt_SCO-1.1.live.${seq}`));
    const { services } = ingest;
    await services.until(async () => {
      const { body } = await services.call<{ connection: string }>('getDevice', { params: { id: 'SCO-1' } });
      return body.connection === 'online';
    });
  });

  it('a command reaches the one that holds the device, once', async () => {
    const here = await connect(await ingest.enrolled('SCO-2'), first);
    const there = await connect(await ingest.enrolled('SCO-3'), second);
    for (const [client, btu] of [
      [here, 'SCO-2'],
      [there, 'SCO-3'],
    ] as const) {
      const got: string[] = [];
      client.on('message', (_, payload) => {
        const { id } = JSON.parse(payload.toString()) as { id: string };
        got.push(id);
        const answer = { v: 1, id, ok: true, detail: 'done' };
        client.publish(acknowledgementTopic(btu), JSON.stringify(answer), { qos: 1 });
      });
      await client.subscribeAsync(commandTopic(btu), { qos: 1 });
      const { body } = await ingest.services.call<{ id: string }>('sendCommand', {
        params: { id: btu },
        body: { kind: 'rebirth' },
      });
      await ingest.services.until(async () => {
        const list = await ingest.services.call<{ data: { state: string }[] }>('listCommands', { params: { id: btu } });
        return list.body.data[0]?.state === 'done';
      });
      expect(got).toEqual([body.id]);
    }
  });

  it('a revocation cuts the session within 2 s, whichever holds it', async () => {
    const both = [
      ['SCO-4', first],
      ['SCO-5', second],
    ] as const;
    for (const [btu, service] of both) {
      const who = await ingest.enrolled(btu);
      const client = await connect(who, service);
      const cut = closed(client);
      const from = performance.now();
      const { status } = await ingest.services.call('revokeDevice', { params: { id: btu }, body: { reason: 'lost' } });
      expect(status).toBe(200);
      await cut;
      expect([btu, performance.now() - from < 2000]).toEqual([btu, true]);
      for (const one of [first, second]) await expect(connect(who, one)).rejects.toThrow();
    }
  });

  it('offences put a device into quarantine once, on both', async () => {
    const facts = await ingest.events('devices', ({ type }) => type === 'device-quarantined');
    const who = await ingest.enrolled('SCO-6');
    const client = await connect(who, first);
    const cut = closed(client);
    for (let i = 0; i < 4; i++) await client.subscribeAsync(`foreign/${i}`, { qos: 1 }).catch(() => undefined);
    await cut;
    for (const one of [first, second]) await expect(connect(who, one)).rejects.toThrow();
    await ingest.services.until(() => Promise.resolve(facts.length > 0));
    // Both look once a second; neither adds another.
    const looks = await ingest.connected('SCO-7');
    await publish(looks, 'SCO-7', liveFrame('SCO-7', 1, 1));
    expect(facts).toHaveLength(1);
  });

  it('the rate of an organisation is shared by the two', async () => {
    const whos = [await ingest.enrolled('SCO-R1'), await ingest.enrolled('SCO-R2')] as const;
    const clients = [await connect(whos[0], first), await connect(whos[1], second)] as const;
    const store = ingest.services.store('ingest');
    const told = (after: number): Promise<boolean> =>
      store
        .transact((tx) => tx.query(`select 1 from ingest_process where devices <> '{}' and beat_at > $1`, [after]))
        .then((rows) => rows.length === 2);
    // Each has told how many it serves, and then looked what the other told.
    await ingest.services.until(() => told(0));
    const since = Date.now();
    await ingest.services.until(() => told(since));
    const from = performance.now();
    await Promise.all(
      clients.flatMap((client, i) =>
        Array.from({ length: 600 }, (_, n) => publish(client, `SCO-R${i + 1}`, liveFrame(`SCO-R${i + 1}`, n + 1, n))),
      ),
    );
    // 1200 frames at 200 a second, of which the bucket has 400 at once; each by itself would take one second.
    expect(performance.now() - from).toBeGreaterThan(3500);
  });

  it('the devices of one that died are let in when its lease is over, and are not shown as connected', async () => {
    const store = ingest.services.store('ingest');
    // In a time of its own: the two that run do not take these for dead.
    let now = Date.now() + 86_400_000;
    const clock = { ...ingest.services.adapters.clock, now: () => now, after: ingest.services.adapters.clock.after };
    const dead = new SessionHolders(store, clock, 'dead');
    await dead.begin();
    expect(await dead.hold('SCO-8')).toBe(false);
    expect(await dead.elsewhere(['SCO-8'])).toEqual(new Set());
    const living = new SessionHolders(store, clock, 'living');
    await living.begin();
    expect(await living.elsewhere(['SCO-8'])).toEqual(new Set(['SCO-8']));
    // It is asked to let go, and does.
    const taken = living.hold('SCO-8');
    await ingest.services.until(async () => (await dead.wanted()).includes('SCO-8'));
    await dead.release('SCO-8');
    expect(await taken).toBe(true);
    await living.known('SCO-8');
    await living.release('SCO-8');
    expect(await living.hold('SCO-8')).toBe(false);
    await living.release('SCO-8');
    // Now it holds it and dies.
    expect(await dead.hold('SCO-8')).toBe(true);
    await dead.known('SCO-8');
    now += 5000;
    await living.beat();
    expect(await living.orphans()).not.toContain('SCO-8');
    now += 4000;
    // One that has not been heard of itself for long judges nobody.
    expect(await living.orphans()).toEqual([]);
    await living.beat();
    expect(await living.orphans()).toContain('SCO-8');
    expect(await living.orphans()).not.toContain('SCO-8');
    expect(await living.hold('SCO-8')).toBe(true);
    expect(await dead.lost(['SCO-8'])).toEqual(['SCO-8']);
    await living.end();
    await dead.end();
  });
});
