import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventEnvelope } from '@quaywatch/contracts';
import { hours } from '@quaywatch/kernel';
import type { EventLog, LogRecord, ObjectStore } from '@quaywatch/ports';
import { FakeEventLog, FakeLogStorage, waitUntil } from '@quaywatch/ports/testing';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesystemObjectStore } from '../filesystem/filesystem-object-store';
import { archivedEventLog } from './archived-event-log';
import { exportSignal } from './export-signal';
import { readTables, writeTables } from './record-tables';
import { applyRetention } from './retention';
import { sealArchive } from './seal-archive';
import { hashOf, readSegment, segmentsOf } from './segments';

const start = Date.parse('2026-11-23T08:00:00Z');

/** A log whose records were stored at times of our choosing, and which can forget its beginning as retention does. */
class PastLog {
  readonly storage = new FakeLogStorage(2);
  readonly log: EventLog = new FakeEventLog({ storage: this.storage });

  put(partition: number, storedAt: number, event: unknown, outbox?: LogRecord['outbox']): void {
    const lane = this.storage.lane('da.telemetry', partition);
    lane.push({ offset: lane.length, storedAt, event, ...(outbox ? { outbox } : {}) });
  }
}

const frame = (spreader: string, at: number, org = 'org_a'): EventEnvelope => ({
  id: `evt_${spreader}_${at}`,
  type: 'samples-received',
  v: 1,
  source: 'ingest',
  org,
  key: spreader,
  time: at,
  data: {
    btu: `BTU-${spreader}`,
    spreader,
    stream: 'live',
    boot: 3,
    seq: at / 10_000,
    receivedAt: at + 17,
    historical: false,
    clock: 'good',
    clockOffset: 0.25,
    samples: [
      {
        signal: 'hyd.press',
        at: Array.from({ length: 10 }, (_, i) => at + 1000 * i),
        values: Array.from({ length: 10 }, (_, i) => (i === 4 ? null : 150 + (i % 3) / 10)),
      },
      { signal: 'tl[1].locked', at: [at + 5], values: [true] },
      { signal: 'tl.command', at: [at + 1, at + 2], values: ['lock', 'none'] },
      { signal: 'snag', at: [], values: [] },
    ],
  },
});
const connected = (spreader: string, at: number): EventEnvelope => ({
  ...frame(spreader, at),
  type: 'device-connected',
  data: { samples: 'none', btu: 'x' },
});

describe('archive', () => {
  let folder: string;
  let objects: ObjectStore;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quaywatch-archive-'));
    objects = filesystemObjectStore(folder);
  });
  afterAll(async () => {
    await objects.close();
    await rm(folder, { recursive: true, force: true });
  });

  const past = new PastLog();
  const all = (partition: number): readonly LogRecord[] => past.storage.lane('da.telemetry', partition);

  it('keeps any record exactly, odd ones too', async () => {
    const odd: unknown[] = [
      frame('spr_7', start),
      connected('spr_7', start),
      { ...frame('spr_7', start), data: { samples: [{ signal: 'a', at: [1.5, -2e15], values: [1e-300, 5e-324] }] } },
      { ...frame('spr_7', start), data: { samples: [{ signal: 'a', at: [1], values: [1, 2] }] } },
      { ...frame('spr_7', start), data: { samples: { columns: 'not ours' } } },
      { ...frame('spr_7', start), data: { samples: [] } },
      { nonsense: '\u0000\ud800', samples: 1 },
      null,
      'text',
    ];
    const records = odd.map((event, offset): LogRecord => ({
      offset: offset * 7,
      storedAt: start + offset / 8,
      event: JSON.parse(JSON.stringify(event)) as unknown,
      ...(offset % 2 ? { outbox: { owner: 'ingest', seq: offset } } : {}),
    }));
    const tables = await writeTables(records);
    const read = await readTables(tables.frames, tables.samples);
    expect(read).toEqual(records);
    expect(JSON.stringify(read.map((r) => r.event))).toBe(JSON.stringify(records.map((r) => r.event)));
  });

  it('seals whole hours, once; what is sealed is never written again', async () => {
    for (let i = 0; i < 900; i++) {
      const at = start + i * 10_000;
      past.put(0, at, frame('spr_7', at));
      past.put(0, at, frame('spr_8', at, 'org_b'));
      if (i % 50 === 0) past.put(1, at, connected('spr_3', at));
    }
    const now = start + 2.5 * hours(1);
    const first = await sealArchive(past.log, objects, now);
    expect(first).toMatchObject({ segments: 4, records: 2 * 720 + 15, values: 2 * 720 * 13 });
    const before = await snapshot(folder);
    expect(await sealArchive(past.log, objects, now)).toMatchObject({ segments: 0, records: 0 });
    expect(await snapshot(folder)).toEqual(before);
    const segments = await segmentsOf(objects, 0);
    expect(segments.map(({ hour, from, to }) => [hour, from, to])).toEqual([
      ['2026-11-23T08:00:00.000Z', 0, 720],
      ['2026-11-23T09:00:00.000Z', 720, 1440],
    ]);
    for (const segment of segments) {
      const records = await readSegment(objects, segment);
      expect(records).toEqual(all(0).slice(segment.from, segment.to));
      expect(hashOf(records)).toBe(segment.sha256);
    }
  });

  it('ends the same when it is killed between files and manifest, or run twice at once', async () => {
    const other = await mkdtemp(join(tmpdir(), 'quaywatch-archive-'));
    const real = filesystemObjectStore(other);
    let left = 3;
    const dying: ObjectStore = {
      ...real,
      put: (key, bytes) => (left-- > 0 ? real.put(key, bytes) : Promise.reject(new Error('killed'))),
      get: (key) => real.get(key),
      getRange: (key, from, to) => real.getRange(key, from, to),
      list: (prefix) => real.list(prefix),
      remove: (key) => real.remove(key),
    };
    const now = start + 2.5 * hours(1);
    await expect(sealArchive(past.log, dying, now)).rejects.toThrow('killed');
    expect(await segmentsOf(real, 0)).toEqual([]);
    await Promise.all([sealArchive(past.log, real, now), sealArchive(past.log, real, now)]);
    expect(await snapshot(other)).toEqual(await snapshot(folder));
    await real.close();
    await rm(other, { recursive: true, force: true });
  });

  it('an instance whose clock is behind damages nothing that was sealed of an hour before it was over', async () => {
    const other = await mkdtemp(join(tmpdir(), 'quaywatch-archive-'));
    const store = filesystemObjectStore(other);
    const log = new PastLog();
    for (let i = 0; i < 10; i++) log.put(0, start + i * 10_000, frame('spr_7', start + i * 10_000));
    await sealArchive(log.log, store, start + hours(1));
    // The log's own clock was still in that hour. Who listed before that seal sees more of the hour, and may not seal it.
    for (let i = 10; i < 20; i++) log.put(0, start + i * 10_000, frame('spr_7', start + i * 10_000));
    let listed = false;
    const early: ObjectStore = {
      put: (key, bytes) => store.put(key, bytes),
      get: (key) => store.get(key),
      getRange: (key, from, to) => store.getRange(key, from, to),
      list: (prefix) => (listed ? store.list(prefix) : ((listed = true), Promise.resolve([]))),
      remove: (key) => store.remove(key),
      close: () => Promise.resolve(),
    };
    await expect(sealArchive(log.log, early, start + hours(1))).rejects.toMatchObject({ code: 'ARCHIVE_SEALED' });
    await sealArchive(log.log, store, start + hours(1));
    const segments = await segmentsOf(store, 0);
    expect(segments.map(({ from, to }) => [from, to])).toEqual([
      [0, 10],
      [10, 20],
    ]);
    const read = await Promise.all(segments.map((segment) => readSegment(store, segment)));
    expect(read.flat()).toHaveLength(20);
    await store.close();
    await rm(other, { recursive: true, force: true });
  });

  it('serves a replay: archive, then log, each record once and in order', async () => {
    const log = archivedEventLog(past.log, objects);
    const got: LogRecord[] = [];
    let failed = false;
    const next = [0, 0];
    const handle = await log.subscribe({
      group: 'replay',
      topics: ['da.telemetry'],
      startAt: async (_topic, partition) => next[partition] ?? 0,
      onBatch: async ({ partition, records }) => {
        if (partition === 0 && next[0]! > 1000 && !failed) {
          failed = true;
          throw new Error('once');
        }
        next[partition] = records.at(-1)!.offset + 1;
        got.push(...records.filter(() => partition === 0));
      },
    });
    await waitUntil('all records', () => got.length >= all(0).length && next[1] === all(1).length);
    await handle.stop();
    expect(failed).toBe(true);
    expect(got).toEqual(all(0));
  });

  it('exports one signal of one spreader of one organisation', async () => {
    const query = { org: 'org_a', spreader: 'spr_7', signal: 'hyd.press', from: start + 60_000, to: start + 119_999 };
    const { at, values } = await exportSignal(objects, 2, query);
    expect([...at]).toEqual(Array.from({ length: 60 }, (_, n) => start + 60_000 + 1000 * n));
    expect([values[0], values[4]]).toEqual([150, null]);
    expect((await exportSignal(objects, 2, { ...query, org: 'org_b' })).at).toHaveLength(0);
    expect((await exportSignal(objects, 2, { ...query, signal: 'tl[1].locked' })).at).toHaveLength(6);
  });

  it('removes what is too old, not what a legal hold keeps, and says so; damage is not taken for removal', async () => {
    const late = start + 100 * hours(24);
    const policy = { days: { org_a: 90, org_b: 90 }, holds: [{ org: 'org_b', spreader: 'spr_8', reason: 'claim 17' }] };
    expect(await applyRetention(objects, 2, policy, start + 80 * hours(24))).toEqual([]);
    const removed = await applyRetention(objects, 2, policy, late);
    expect(removed.length).toBe(6);
    expect(removed.every(({ key, org }) => org === 'org_a' && key.includes('/org_a/'))).toBe(true);
    expect(await applyRetention(objects, 2, policy, late)).toEqual([]);
    const [segment] = await segmentsOf(objects, 0);
    const kept = await readSegment(objects, segment!);
    expect(kept.every(({ event }) => (event as EventEnvelope).org === 'org_b')).toBe(true);
    expect(kept).toHaveLength(360);
    const file = join(folder, segment!.parts[1]!.frames.key);
    const bytes = await readFile(file);
    bytes[bytes.length - 20]! ^= 1;
    await writeFile(file, bytes);
    await expect(readSegment(objects, segment!)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    await rm(file);
    await expect(readSegment(objects, segment!)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  });
});

/** Every file below a folder with its bytes. */
async function snapshot(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(folder.length)] = (await readFile(path)).toString('base64');
  }
  return files;
}
