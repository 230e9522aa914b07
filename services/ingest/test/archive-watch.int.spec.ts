import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { partitionOf, type EventEnvelope } from '@quaywatch/contracts';
import { hours, minutes } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import { waitUntil } from '@quaywatch/ports/testing';
import { readSegment, segmentsOf, startService } from '@quaywatch/runtime';
import { makeLogger } from '@quaywatch/runtime';
import { join } from 'node:path';
import { BrokerHost, ingest } from '../src/index';
import { RunningIngest } from './running-ingest';

const spreader = 'spr_archive';
const eventOf = (n: number): EventEnvelope => ({
  id: `evt_${n}`,
  type: 'samples-received',
  v: 1,
  source: 'ingest',
  org: 'org_test',
  key: spreader,
  time: Date.now(),
  data: {
    btu: 'BTU-ARCHIVE',
    spreader,
    stream: 'live',
    boot: 1,
    seq: n,
    receivedAt: Date.now(),
    historical: false,
    clock: 'good',
    clockOffset: 0,
    samples: [{ signal: 'hyd.press', at: [Date.now()], values: [150 + n] }],
  },
});

/** Real time, but the hour of now is over when the test says so; looks come at once. */
class LaterClock implements Clock {
  ahead = 0;
  looks = 0;
  now = (): number => Date.now() + this.ahead;
  after = (delay: number, work: () => void): (() => void) => {
    const timer = setTimeout(() => (this.looks++, work()), Math.min(delay, 100));
    timer.unref();
    return () => clearTimeout(timer);
  };
  random = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes));
}

describe('archive of a running ingest', () => {
  let first: RunningIngest;
  let second: Awaited<ReturnType<typeof startService>>;
  const clock = new LaterClock();
  const settings = { ARCHIVE_LOOK_MINUTES: '1', ARCHIVE_DELAY_MINUTES: '5' };

  beforeAll(async () => {
    first = await RunningIngest.start(settings, clock);
    const { services } = first;
    second = await startService(ingest as never, {
      ...services.adapters,
      clock,
      store: services.stores.get('ingest'),
      logger: makeLogger('second', { level: 'info', file: join(services.folder, 'second.log') }),
      peers: services.peers,
      environment: {
        ...settings,
        MQTT_PORT: '0',
        MQTT_HOST: '127.0.0.1',
        SECRETS_DIR: join(services.folder, 'secrets'),
      },
      http: { host: '127.0.0.1', port: 0 },
    });
    expect(second.app.get(BrokerHost).port).not.toBe(first.get(BrokerHost).port);
  }, 120_000);
  afterAll(async () => {
    await second?.stop();
    await first?.stop();
  }, 60_000);

  it('seals an hour by itself when it is over and not before, once, though two instances do it', async () => {
    const { log, objects } = first.services.adapters;
    await log.append(
      'da.telemetry',
      Array.from({ length: 20 }, (_, n) => ({ event: eventOf(n) })),
    );
    const partition = partitionOf(spreader, log.partitions);
    // Both have looked several times while the hour was not over, or not for long enough.
    for (const until of [hours(1), hours(1) + minutes(4)]) {
      clock.ahead = Math.floor(Date.now() / hours(1)) * hours(1) + until - 1 - Date.now();
      const before = clock.looks;
      await waitUntil('looks', () => clock.looks >= before + 6, 60_000);
      expect(await segmentsOf(objects, partition)).toEqual([]);
    }
    // A run of this test over the full hour has two segments; both are over then.
    clock.ahead = hours(2.5);
    const sealedRecords = async (): Promise<number> =>
      (await segmentsOf(objects, partition)).reduce((sum, { records }) => sum + records, 0);
    await waitUntil('the seal', async () => (await sealedRecords()) === 20, 60_000);
    const listed = await objects.list('archive/');
    const looks = clock.looks;
    await waitUntil('more looks', () => clock.looks >= looks + 6, 60_000);
    expect(await objects.list('archive/')).toEqual(listed);
    const segments = await segmentsOf(objects, partition);
    const records = (await Promise.all(segments.map((segment) => readSegment(objects, segment)))).flat();
    expect(records.map(({ event }) => (event as EventEnvelope).id)).toEqual(
      Array.from({ length: 20 }, (_, n) => `evt_${n}`),
    );
  }, 180_000);
});
