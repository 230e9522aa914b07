import { Fault, hours, toIso } from '@quaywatch/kernel';
import type { EventLog, LogRecord, ObjectStore } from '@quaywatch/ports';
import { archivedTopic, encode, folderOf, store } from './archive-files';
import { readTables, writeTables } from './record-tables';
import { hashOf, readSealed, sealedUpTo, segmentKey, type ArchivedPart, type Segment } from './segments';

/** How many segments were sealed, with what. */
export interface Sealed {
  readonly segments: number;
  readonly records: number;
  readonly values: number;
  readonly bytes: number;
}

/**
 * Archives what the log stored before `before` (ms; cut to the hour) and was not archived yet. May be interrupted at
 * any moment (`signal` does it between two files) and run by several at once: files are written before the manifest,
 * equal records give equal files, and an hour that another has sealed meanwhile is taken as it is.
 */
export async function sealArchive(
  log: EventLog,
  objects: ObjectStore,
  before: number,
  signal?: AbortSignal,
): Promise<Sealed> {
  const end = Math.floor(before / hours(1)) * hours(1);
  const ends = await log.endOffsets(archivedTopic);
  const sum = { segments: 0, records: 0, values: 0, bytes: 0 };
  for (let partition = 0; partition < log.partitions; partition++) {
    signal?.throwIfAborted();
    let from = await sealedUpTo(objects, partition);
    let open: LogRecord[] = [];
    const seal = async (): Promise<void> => {
      const first = open[0];
      if (!first) return;
      const { segment, sealed } = await sealSegment(objects, partition, from, open, signal);
      from = segment.to;
      open = [];
      if (!sealed) return;
      sum.segments++;
      for (const part of segment.parts) {
        sum.records += part.records;
        sum.values += part.values;
        sum.bytes += part.frames.bytes + (part.samples?.bytes ?? 0);
      }
    };
    const to = ends[partition] ?? 0;
    await readUpTo(log, { partition, from, to, ...(signal ? { signal } : {}) }, async (records) => {
      for (const record of records) {
        if (record.storedAt >= end) return false;
        if (open[0] && hourOf(open[0].storedAt) !== hourOf(record.storedAt)) await seal();
        open.push(record);
      }
      return true;
    });
    await seal();
  }
  return sum;
}

async function sealSegment(
  objects: ObjectStore,
  partition: number,
  from: number,
  records: readonly LogRecord[],
  signal: AbortSignal | undefined,
): Promise<{ segment: Segment; sealed: boolean }> {
  const hour = toIso(hourOf(records[0]!.storedAt));
  const to = records.at(-1)!.offset + 1;
  const sha256 = hashOf(records);
  const key = segmentKey(partition, from, hour);
  const sealed = async (): Promise<Segment | undefined> => {
    const there = await readSealed(objects, key);
    if (there && (there.to !== to || there.sha256 !== sha256))
      throw new Fault('ARCHIVE_SEALED', `segment ${partition}/${hour} was sealed already, with something else in it`);
    return there;
  };
  const before = await sealed();
  if (before) return { segment: before, sealed: false };
  const groups = new Map<string, LogRecord[]>();
  for (const record of records) {
    const { org, key } = (record.event ?? {}) as { org?: unknown; key?: unknown };
    const name = JSON.stringify([typeof org === 'string' ? org : 'nobody', typeof key === 'string' ? key : 'unknown']);
    const group = groups.get(name);
    if (group) group.push(record);
    else groups.set(name, [record]);
  }
  const parts: ArchivedPart[] = [];
  for (const [name, own] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    // Others of this process get their turn: a file takes some tenths of a second of the processor.
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    const [org, spreader] = JSON.parse(name) as [string, string];
    const tables = await writeTables(own);
    const read = await readTables(tables.frames, tables.samples);
    if (hashOf(read) !== hashOf(own))
      throw new Fault('ARCHIVE_UNFAITHFUL', `records of ${org}/${spreader} cannot be archived as they are`);
    // With both offsets in its name: who saw more or less of the hour can never overwrite what a manifest names.
    const base = `${folderOf(org, spreader)}/${hour.slice(0, 10)}/${hour.slice(11, 13)}-${partition}-${from}-${to}`;
    parts.push({
      org,
      spreader,
      records: own.length,
      values: tables.values,
      signals: tables.signals,
      frames: await store(objects, `${base}.frames.parquet`, tables.frames),
      samples: tables.samples ? await store(objects, `${base}.samples.parquet`, tables.samples) : null,
    });
  }
  const segment: Segment = {
    topic: archivedTopic,
    partition,
    hour,
    from,
    to,
    records: records.length,
    sha256,
    parts,
  };
  const meanwhile = await sealed();
  if (meanwhile) return { segment: meanwhile, sealed: false };
  await objects.put(key, encode(segment));
  return { segment, sealed: true };
}

/** Hands records from `from` to before `to` over in order until `take` says false. */
async function readUpTo(
  log: EventLog,
  { partition, from, to, signal }: { partition: number; from: number; to: number; signal?: AbortSignal },
  take: (records: readonly LogRecord[]) => Promise<boolean>,
): Promise<void> {
  if (from >= to) return;
  let next = from;
  let over = false;
  let finish!: () => void;
  let fail!: (error: unknown) => void;
  const finished = new Promise<void>((resolve, reject) => ([finish, fail] = [resolve, reject]));
  finished.catch(() => undefined);
  const aborted = (): void => fail(signal?.reason);
  signal?.addEventListener('abort', aborted);
  const handle = await log.subscribe({
    group: `archive-${partition}-${from}-${process.pid}`,
    topics: [archivedTopic],
    startAt: async (_topic, p) => (p === partition ? next : 'end'),
    onBatch: async (batch) => {
      if (batch.partition !== partition || over) return;
      const records = batch.records.filter((record) => record.offset >= next && record.offset < to);
      try {
        const more = records.length === 0 || (await take(records));
        next = (batch.records.at(-1)?.offset ?? next) + 1;
        if (more && next < to) return;
      } catch (error) {
        fail(error);
      }
      over = true;
      finish();
    },
  });
  try {
    await finished;
  } finally {
    signal?.removeEventListener('abort', aborted);
    over = true;
    await handle.stop();
  }
}

const hourOf = (at: number): number => Math.floor(at / hours(1)) * hours(1);
