import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { partitionOf, type EventEnvelope } from '@quaywatch/contracts';
import { hours } from '@quaywatch/kernel';
import type { EventLog, LogRecord, ObjectStore } from '@quaywatch/ports';
import { FakeEventLog, FakeLogStorage, FakeObjectStore, waitUntil } from '@quaywatch/ports/testing';
import { archivedEventLog } from './archived-event-log';
import { compactArchive } from './compact-archive';
import { exportSignal } from './export-signal';
import { applyRetention } from './retention';
import { sealArchive } from './seal-archive';
import { readSegment, segmentsOf } from './segments';

const start = Date.parse('2026-11-23T00:00:00Z');
const end = start + hours(48);
const spreaders = ['spr_1', 'spr_2', 'spr_3'];
const partitions = 2;

/** Every ten minutes a frame: numbers of three decimals and not, gaps, words, states, and now and then late data. */
const frame = (spreader: string, n: number): EventEnvelope => {
  const at = start + n * 600_000 - (n % 7 === 6 ? hours(5) : 0);
  return {
    id: `evt_${spreader}_${n}`,
    type: n % 11 === 10 ? 'device-connected' : 'samples-received',
    v: 1,
    source: 'ingest',
    org: spreader === 'spr_3' ? 'org_b' : 'org_a',
    key: spreader,
    time: at,
    data: {
      btu: `BTU-${spreader}`,
      seq: n,
      samples: [
        { signal: 'hyd.press', at: [at, at + 1000], values: [150 + n / 1000, n % 5 === 0 ? null : -0.125] },
        { signal: 'odd', at: [at], values: [[Math.PI * n, 1e300, -1e-7, true, 'lock', null][n % 6]] },
        ...(n % 30 === 0 ? [{ signal: 'rare', at: [at + 0.5], values: [1] }] : []),
        { signal: 'empty', at: [], values: [] },
      ],
    },
  };
};

describe('compacted archive', () => {
  let storage: FakeLogStorage;
  let log: EventLog;
  let objects: ObjectStore;
  const lane = (partition: number): readonly LogRecord[] => storage.lane('da.telemetry', partition);
  const readAll = async (partition: number): Promise<LogRecord[]> => {
    const read: LogRecord[] = [];
    for (const segment of await segmentsOf(objects, partition)) read.push(...(await readSegment(objects, segment)));
    return read;
  };
  const keys = async (prefix: string): Promise<string[]> => (await objects.list(prefix)).map(({ key }) => key);

  const sealed = new FakeObjectStore();
  const original = new FakeLogStorage(partitions);
  const copyOf = async (from: ObjectStore): Promise<FakeObjectStore> => {
    const other = new FakeObjectStore();
    for (const { key } of await from.list('')) await other.put(key, (await from.get(key))!);
    return other;
  };
  const fill = (into: FakeLogStorage): void => {
    for (let n = 0; n < 288; n++)
      for (const spreader of spreaders) {
        const records = into.lane('da.telemetry', partitionOf(spreader, partitions));
        records.push({ offset: records.length, storedAt: start + n * 600_000, event: frame(spreader, n) });
      }
  };
  beforeAll(async () => {
    fill(original);
    await sealArchive(new FakeEventLog({ storage: original }), sealed, end);
  });
  beforeEach(async () => {
    fill((storage = new FakeLogStorage(partitions)));
    log = new FakeEventLog({ storage });
    objects = await copyOf(sealed);
  });

  it('gives back every record of every hour, has one pair of files for a day, and is done once', async () => {
    const hourly = await Promise.all([0, 1].map((p) => segmentsOf(objects, p)));
    const done = await compactArchive(objects, partitions, end);
    expect(done).toMatchObject({ days: 2 * new Set(spreaders.map((s) => partitionOf(s, 2))).size, records: 3 * 288 });
    for (const p of [0, 1]) {
      expect(await readAll(p)).toEqual(lane(p));
      const strip = (segments: (typeof hourly)[0]) =>
        segments.map(({ hour, from, to, sha256 }) => [hour, from, to, sha256]);
      expect(strip(await segmentsOf(objects, p))).toEqual(strip(hourly[p]!));
    }
    expect(await keys('archive/v1/segments/')).toEqual([]);
    expect((await keys('archive/v1/data/')).length).toBe(2 * 3 * spreaders.length);
    const before = await keys('');
    expect(await compactArchive(objects, partitions, end)).toMatchObject({ days: 0 });
    expect(await sealArchive(log, objects, end)).toMatchObject({ segments: 0 });
    expect(await keys('')).toEqual(before);
  });

  it('leaves the day that is not over, and goes on sealing behind a compacted one', async () => {
    await compactArchive(objects, partitions, end - 1);
    const spreader = 'spr_1';
    const p = partitionOf(spreader, partitions);
    const records = storage.lane('da.telemetry', p);
    records.push({ offset: records.length, storedAt: end + 1, event: frame(spreader, 288) });
    await sealArchive(log, objects, end + hours(1));
    expect(await readAll(p)).toEqual(lane(p));
    expect((await segmentsOf(objects, p)).filter(({ compacted }) => !compacted)).toHaveLength(24 + 1);
  });

  it('reads one signal alike from days and hours, late data in order of time, and only its bytes of a day', async () => {
    const query = { org: 'org_a', spreader: 'spr_1', from: start + hours(3), to: start + hours(40) };
    const signals = ['hyd.press', 'odd', 'rare', 'none'];
    const read = async () =>
      Promise.all(
        signals.map(async (signal) => {
          const { at, values } = await exportSignal(objects, partitions, { ...query, signal });
          return Array.from(at, (time, i) => [time, values[i]]);
        }),
      );
    const before = await read();
    expect(before.map((list) => list.length > 0)).toEqual([true, true, true, false]);
    for (const list of before) expect(list).toEqual([...list].sort((a, b) => Number(a[0]) - Number(b[0])));
    await compactArchive(objects, partitions, start + hours(24));
    expect(await read()).toEqual(before);
    await compactArchive(objects, partitions, end);
    const whole = objects.get.bind(objects);
    objects.get = (key) => (key.endsWith('.parquet') ? Promise.reject(new Error(`read whole: ${key}`)) : whole(key));
    expect(await read()).toEqual(before);
    const other = await exportSignal(objects, partitions, { ...query, org: 'org_b', signal: 'hyd.press' });
    expect(other.at).toHaveLength(0);
  });

  it('ends the same when it is killed at any put or removal, or run by two at once', async () => {
    const day = start + hours(24);
    const copy = (): Promise<FakeObjectStore> => copyOf(sealed);
    const snapshot = async (store: ObjectStore) =>
      Promise.all(
        (await store.list('')).map(async ({ key }) => [key, Buffer.from((await store.get(key))!).toString('base64')]),
      );
    const clean = await copy();
    await compactArchive(clean, partitions, day);
    const expected = await snapshot(clean);
    for (const survives of [0, 4, 9, 10, 11, 60]) {
      const store = await copy();
      const [put, remove] = [store.put.bind(store), store.remove.bind(store)];
      let left = survives;
      const mortal = <T>(work: () => Promise<T>): Promise<T> =>
        left-- > 0 ? work() : Promise.reject(new Error('killed'));
      store.put = (key, bytes) => mortal(() => put(key, bytes));
      store.remove = (key) => mortal(() => remove(key));
      await expect(compactArchive(store, partitions, day)).rejects.toThrow('killed');
      objects = store;
      for (const p of [0, 1]) expect(await readAll(p)).toEqual(lane(p));
      left = Infinity;
      await compactArchive(store, partitions, day);
      expect(await snapshot(store)).toEqual(expected);
    }
    const both = await copy();
    await Promise.all([1, 2].map(() => compactArchive(both, partitions, day)));
    await compactArchive(both, partitions, day);
    expect(await snapshot(both)).toEqual(expected);
  });

  it('serves a replay while the hours become days', async () => {
    const archived = archivedEventLog(log, objects);
    const got: number[] = [];
    const p = partitionOf('spr_1', partitions);
    let compacting: Promise<unknown> | undefined;
    const handle = await archived.subscribe({
      group: 'replay',
      topics: ['da.telemetry'],
      startAt: async (_topic, partition) => (partition === p ? got.length : 'end'),
      onBatch: async ({ records }) => {
        compacting ??= compactArchive(objects, partitions, end);
        await compacting;
        got.push(...records.map(({ offset }) => offset));
      },
      maxBatch: 50,
    });
    await waitUntil('all records', () => got.length >= lane(p).length);
    await handle.stop();
    expect(got).toEqual(lane(p).map(({ offset }) => offset));
  });

  it('removes days that are too old, not what a legal hold keeps', async () => {
    await compactArchive(objects, partitions, end);
    const policy = { days: { org_a: 90, org_b: 90 }, holds: [{ org: 'org_b', reason: 'claim 17' }] };
    const removed = await applyRetention(objects, partitions, policy, end + hours(24 * 89));
    expect(removed).toHaveLength(2 * 3);
    expect(removed.every(({ key }) => key.includes('/org_a/') && key.includes('/2026-11-23/'))).toBe(true);
    const left = (await Promise.all([0, 1].map(readAll))).flat().map(({ event }) => event as EventEnvelope);
    expect(left.filter(({ org }) => org === 'org_b')).toHaveLength(288);
    expect(left.filter(({ org }) => org === 'org_a')).toHaveLength(2 * 144);
    const query = { org: 'org_a', spreader: 'spr_1', signal: 'hyd.press', from: start, to: end };
    expect((await exportSignal(objects, partitions, query)).at.every((at) => at >= start + hours(18))).toBe(true);
  });

  it('takes changed bytes for damage, in a replay and in an export', async () => {
    await compactArchive(objects, partitions, end);
    const key = (await keys('archive/v1/data/org_a/spr_1/')).find((name) => name.endsWith('.samples.parquet'))!;
    const bytes = (await objects.get(key))!;
    bytes[10]! ^= 1;
    await objects.put(key, bytes);
    await expect(readAll(partitionOf('spr_1', partitions))).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    const query = { org: 'org_a', spreader: 'spr_1', signal: 'hyd.press', from: start, to: end };
    await expect(exportSignal(objects, partitions, query)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  });
});
