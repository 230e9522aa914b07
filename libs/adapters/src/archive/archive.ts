import { createHash } from 'node:crypto';
import type { Topic } from '@quaywatch/contracts';
import { Fault, hours, toIso } from '@quaywatch/kernel';
import type { EventLog, LogRecord, ObjectStore } from '@quaywatch/ports';
import { readSignal, readTables, writeTables } from './record-tables';

/** Topic that is archived. */
export const archivedTopic: Topic = 'da.telemetry';
const root = 'archive/v1';

/** One file of the archive. */
export interface ArchivedFile {
  readonly key: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The records of one organisation and spreader in a segment. */
export interface ArchivedPart {
  readonly org: string;
  readonly spreader: string;
  readonly records: number;
  readonly values: number;
  readonly signals: Readonly<Record<string, readonly [number, number]>>;
  readonly frames: ArchivedFile;
  readonly samples: ArchivedFile | null;
}

/** What one partition of the log had stored in one hour. Its manifest is written last and never again: that seals it. */
export interface Segment {
  readonly topic: string;
  readonly partition: number;
  /** Begin of the hour by the log's clock, RFC 3339. */
  readonly hour: string;
  /** Offsets, `to` not included. */
  readonly from: number;
  readonly to: number;
  readonly records: number;
  /** SHA-256 over offset and text of every record, in order. */
  readonly sha256: string;
  readonly parts: readonly ArchivedPart[];
}

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
    let from = (await lastSegment(objects, partition))?.to ?? 0;
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

/** All sealed segments of a partition, in order. Throws Fault `ARCHIVE_DAMAGED` when one is missing between two. */
export async function segmentsOf(objects: ObjectStore, partition: number): Promise<Segment[]> {
  const listed = await objects.list(`${root}/segments/${archivedTopic}/${partition}/`);
  const read = await inTurns(listed, ({ key }) => readSealed(objects, key));
  const segments = read.filter((segment) => segment !== undefined);
  for (const [i, segment] of segments.entries()) {
    const before = segments[i - 1];
    if (before && before.to !== segment.from)
      throw new Fault('ARCHIVE_DAMAGED', `partition ${partition}: nothing between ${before.to} and ${segment.from}`);
  }
  return segments;
}

/** The segment of a partition that was sealed last. */
async function lastSegment(objects: ObjectStore, partition: number): Promise<Segment | undefined> {
  const listed = await objects.list(`${root}/segments/${archivedTopic}/${partition}/`);
  const last = listed.at(-1);
  return last && readSealed(objects, last.key);
}

async function readSealed(objects: ObjectStore, key: string): Promise<Segment | undefined> {
  const bytes = await objects.get(key);
  return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Segment);
}

/** The records of a segment in order of offset, every checksum looked at. Parts removed by retention are left out. */
export async function readSegment(objects: ObjectStore, segment: Segment): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  let whole = true;
  for (const part of segment.parts) {
    const frames = await readFile(objects, part.frames);
    if (!frames) {
      whole = false;
      continue;
    }
    records.push(...(await readTables(frames, part.samples ? await readFile(objects, part.samples) : undefined)));
  }
  records.sort((a, b) => a.offset - b.offset);
  if (whole && hashOf(records) !== segment.sha256)
    throw new Fault('ARCHIVE_DAMAGED', `segment ${segment.partition}/${segment.hour} is not what was sealed`);
  return records;
}

/** Samples of one signal of a spreader between two times (ms), by time. */
export async function exportSignal(
  objects: ObjectStore,
  partitions: number,
  query: { org: string; spreader: string; signal: string; from: number; to: number },
): Promise<{ at: number; value: number | boolean | string | null }[]> {
  const all = await Promise.all(Array.from({ length: partitions }, (_, p) => segmentsOf(objects, p)));
  const files = all.flat().flatMap(({ parts }) =>
    parts.flatMap((part) => {
      const span = part.signals[query.signal];
      const wanted = part.org === query.org && part.spreader === query.spreader;
      return wanted && span && span[0] <= query.to && span[1] >= query.from && part.samples ? [part.samples] : [];
    }),
  );
  const found = await inTurns(files, async (file) => {
    const bytes = await readFile(objects, file);
    return bytes ? readSignal(bytes, query.signal) : [];
  });
  return found
    .flat()
    .filter(({ at }) => at >= query.from && at <= query.to)
    .sort((a, b) => a.at - b.at);
}

/** How long archives are kept. A hold keeps everything of an organisation (or one spreader) until it is taken away. */
export interface RetentionPolicy {
  readonly days: Readonly<Record<string, number>>;
  readonly holds: readonly { readonly org: string; readonly spreader?: string; readonly reason: string }[];
}

/**
 * Removes files whose organisation's time is over at `now` (ms) and that no legal hold keeps. The manifest stays; a
 * note beside it says what was removed and when. Returns the keys removed.
 */
export async function applyRetention(
  objects: ObjectStore,
  partitions: number,
  policy: RetentionPolicy,
  now: number,
): Promise<string[]> {
  const removed: string[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    for (const segment of await segmentsOf(objects, partition)) {
      const over = segment.parts.filter(({ org, spreader }) => {
        const days = policy.days[org];
        const held = policy.holds.some((hold) => hold.org === org && (hold.spreader ?? spreader) === spreader);
        return days !== undefined && !held && Date.parse(segment.hour) + hours(1) + days * hours(24) <= now;
      });
      for (const file of over.flatMap((part) => (part.samples ? [part.frames, part.samples] : [part.frames]))) {
        const note = removalNote(file.key);
        if (await objects.get(note)) continue;
        // The note first: a file without a note that is missing is damage.
        await objects.put(note, encode({ ...file, removedAt: toIso(now) }));
        await objects.remove(file.key);
        removed.push(file.key);
      }
    }
  }
  return removed;
}

/** SHA-256 over offset and text of every record, in order. */
export function hashOf(records: readonly LogRecord[]): string {
  const hash = createHash('sha256');
  for (const { offset, event } of records) hash.update(`${offset} ${JSON.stringify(event)}\n`);
  return hash.digest('hex');
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
  const key = `${root}/segments/${archivedTopic}/${partition}/${String(from).padStart(16, '0')}-${hour.slice(0, 13)}.json`;
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
    const base = `${root}/data/${safe(org)}/${safe(spreader)}/${hour.slice(0, 10)}/${hour.slice(11, 13)}-${partition}-${from}-${to}`;
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

async function store(objects: ObjectStore, key: string, bytes: Uint8Array): Promise<ArchivedFile> {
  await objects.put(key, bytes);
  return { key, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
}

async function readFile(objects: ObjectStore, file: ArchivedFile): Promise<Uint8Array | undefined> {
  const bytes = await objects.get(file.key);
  if (!bytes) {
    if (await objects.get(removalNote(file.key))) return undefined;
    throw new Fault('ARCHIVE_DAMAGED', `${file.key} is missing`);
  }
  if (createHash('sha256').update(bytes).digest('hex') !== file.sha256)
    throw new Fault('ARCHIVE_DAMAGED', `${file.key} has another checksum than its manifest says`);
  return bytes;
}

/** `work` for every item, some at a time: a store far away answers late, and may not be asked for everything at once. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]!);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return results;
}

const removalNote = (key: string): string => `${root}/removed/${key.slice(root.length + 1)}.json`;
const hourOf = (at: number): number => Math.floor(at / hours(1)) * hours(1);
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const safe = (name: string): string =>
  /^[A-Za-z0-9_-]{1,100}$/.test(name) ? name : createHash('sha256').update(name).digest('hex');
