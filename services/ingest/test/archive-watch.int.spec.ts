import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { partitionOf, type AuditEntry, type EventEnvelope } from '@quaywatch/contracts';
import { hours, minutes } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import { waitUntil } from '@quaywatch/ports/testing';
import { readSegment, segmentsOf, startService } from '@quaywatch/runtime';
import { makeLogger } from '@quaywatch/runtime';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
  const policyFile = join(tmpdir(), `quaywatch-policy-${process.pid}.json`);
  const settings = { ARCHIVE_LOOK_MINUTES: '1', ARCHIVE_DELAY_MINUTES: '5', ARCHIVE_POLICY: policyFile };

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
    await rm(policyFile, { force: true });
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
    const moreLooks = async (): Promise<void> => {
      const looks = clock.looks;
      await waitUntil('more looks', () => clock.looks >= looks + 6, 60_000);
    };
    // Late in the evening the day is over too, and its hours are merged.
    const held = async (): Promise<string> => JSON.stringify(await objects.list('archive/'));
    let listed = '';
    await waitUntil('an archive that stays as it is', async () => {
      listed = await held();
      await moreLooks();
      return (await held()) === listed;
    });
    await moreLooks();
    expect(await held()).toBe(listed);
    const segments = await segmentsOf(objects, partition);
    const records = (await Promise.all(segments.map((segment) => readSegment(objects, segment)))).flat();
    expect(records.map(({ event }) => (event as EventEnvelope).id)).toEqual(
      Array.from({ length: 20 }, (_, n) => `evt_${n}`),
    );
  }, 180_000);

  it('removes by itself what the policy keeps no longer, never what is held, and puts it into the audit trail', async () => {
    const { log, objects } = first.services.adapters;
    const partition = partitionOf(spreader, log.partitions);
    const files = async (): Promise<string[]> => (await objects.list('archive/v1/data/')).map(({ key }) => key);
    const looks = async (): Promise<void> => {
      const before = clock.looks;
      // Other jobs of both instances count too.
      await waitUntil('looks', () => clock.looks >= before + 60, 60_000);
    };
    const say = (policy: object | string): Promise<void> =>
      writeFile(policyFile, typeof policy === 'string' ? policy : JSON.stringify(policy));
    const removals = await first.events('audit', ({ data }) => (data as AuditEntry).action === 'archive.remove');
    clock.ahead = hours(24 * 40);
    const days = async (): Promise<number> => (await objects.list('archive/v1/days/')).length;
    const hoursLeft = async (): Promise<number> => (await objects.list('archive/v1/segments/')).length;
    await waitUntil('the merged day', async () => (await days()) > 0 && (await hoursLeft()) === 0, 60_000);
    await looks();
    const before = await files();
    expect(before.length).toBeGreaterThan(1);
    // No policy, one that is damaged, one of another organisation, one that holds: everything stays.
    const hold = { org: 'org_test', spreader, reason: 'claim 17' };
    for (const policy of [
      '{"days": {"org_test"',
      { days: { org_test: 0 } },
      { days: { org_other: 1 } },
      { days: { org_test: 30 }, holds: [hold] },
      { days: { org_test: 41 } },
    ]) {
      await say(policy);
      await looks();
      expect(await files()).toEqual(before);
    }
    await say({ days: { org_test: 30 } });
    await waitUntil('the removal', async () => (await files()).length === 0, 60_000);
    await looks();
    const removed = (): AuditEntry[] => removals.map(({ data }) => data as AuditEntry);
    const told = (): number => removed().reduce((sum, { detail }) => sum + Number(detail?.['files']), 0);
    // Two instances share the work, and tell of each file once or, both being at it at the same moment, twice.
    await waitUntil('the audit entries', () => told() >= before.length, 60_000);
    expect(removed()[0]).toMatchObject({ class: 'system', target: { kind: 'archive', id: 'org_test' } });
    expect(removals.every(({ org }) => org === 'org_test')).toBe(true);
    // The manifests stay, and say that it was removed: no damage.
    for (const segment of await segmentsOf(objects, partition)) expect(await readSegment(objects, segment)).toEqual([]);
  }, 180_000);
});
