import { Fault } from '@quaywatch/kernel';
import type { LogRecord, ObjectStore } from '@quaywatch/ports';
import { archivedTopic, encode, folderOf, sha256, store, type ArchivedFile } from './archive-files';
import { readTables, writeTables, type RecordTables } from './record-tables';
import { SampleFile } from './sample-table';
import {
  dayKey,
  daysOf,
  hashOf,
  loneHours,
  readDay,
  readPart,
  readSealed,
  segmentKey,
  type ArchivedPart,
  type CompactedDay,
  type DayIndex,
  type DayPart,
  type Segment,
} from './segments';

/** How many days were compacted, with what. */
export interface Compacted {
  readonly days: number;
  readonly records: number;
  readonly values: number;
  /** Of the files of the days, without manifests and indexes. */
  readonly bytes: number;
}

/**
 * Merges the sealed hours of each day that was over `before` (ms) and that has been sealed to its end: one pair of files
 * for each spreader instead of twenty-four, with an index by which one signal, or one hour, is read alone. Every record
 * is read back and compared before the hours are removed; what was sealed stays in the manifest of the day. May be
 * interrupted at any moment and run by several at once. Days of which retention has removed something stay as they are.
 */
export async function compactArchive(
  objects: ObjectStore,
  partitions: number,
  before: number,
  signal?: AbortSignal,
): Promise<Compacted> {
  const sum = { days: 0, records: 0, values: 0, bytes: 0 };
  for (let partition = 0; partition < partitions; partition++) {
    const done = await daysOf(objects, partition);
    for (const name of done) await removeHours(objects, await readDay(objects, name), signal);
    const days = new Map<string, Segment[]>();
    for (const segment of await loneHours(objects, partition, done)) {
      const day = segment.hour.slice(0, 10);
      if (Date.parse(`${day}T00:00:00Z`) + 86_400_000 <= before) days.set(day, [...(days.get(day) ?? []), segment]);
    }
    for (const [day, hours] of days) {
      const compacted = await compactDay(objects, partition, day, hours, signal);
      if (!compacted) continue;
      await removeHours(objects, compacted, signal);
      sum.days++;
      for (const { records, values, frames, samples } of compacted.parts) {
        sum.records += records;
        sum.values += values;
        sum.bytes += frames.bytes + (samples?.bytes ?? 0);
      }
    }
  }
  return sum;
}

async function compactDay(
  objects: ObjectStore,
  partition: number,
  day: string,
  hours: readonly Segment[],
  signal: AbortSignal | undefined,
): Promise<CompactedDay | undefined> {
  const [from, to] = [hours[0]!.from, hours.at(-1)!.to];
  if (hours.some((hour, i) => i > 0 && hour.from !== hours[i - 1]!.to)) return undefined;
  const owners = new Map<string, { org: string; spreader: string }>();
  for (const { org, spreader } of hours.flatMap(({ parts }) => parts))
    owners.set(JSON.stringify([org, spreader]), { org, spreader });
  const parts: DayPart[] = [];
  for (const [, { org, spreader }] of [...owners].sort(([a], [b]) => (a < b ? -1 : 1))) {
    signal?.throwIfAborted();
    const own = hours.map(({ parts: all }) => all.find((part) => part.org === org && part.spreader === spreader));
    const read = await readHours(objects, own);
    if (!read) return undefined;
    const base = `${folderOf(org, spreader)}/${day}/day-${partition}-${from}-${to}`;
    parts.push({ org, spreader, ...(await writeDay(objects, base, read)) });
  }
  const compacted: CompactedDay = {
    topic: archivedTopic,
    partition,
    day,
    from,
    to,
    hours: hours.map(({ hour, from, to, records, sha256 }) => ({ hour, from, to, records, sha256 })),
    parts,
  };
  // Another instance may have been faster, and have removed hours while they were looked for here.
  if ((await daysOf(objects, partition)).some((other) => other.from < to && other.to > from)) return undefined;
  await objects.put(dayKey(partition, from, to, day), encode(compacted));
  return compacted;
}

/** The records of each hour; undefined when some were removed, by retention or by another instance that was faster. */
async function readHours(
  objects: ObjectStore,
  hours: readonly (ArchivedPart | undefined)[],
): Promise<LogRecord[][] | undefined> {
  const read: LogRecord[][] = [];
  for (const part of hours) {
    const records = part ? await readPart(objects, part).catch(gone) : [];
    if (!records) return undefined;
    read.push(records);
  }
  return read;
}

function gone(error: unknown): undefined {
  // Really damaged hours stay where they are: `archive verify` tells of them.
  if (error instanceof Fault && error.code === 'ARCHIVE_DAMAGED') return undefined;
  throw error;
}

async function writeDay(
  objects: ObjectStore,
  base: string,
  hours: readonly (readonly LogRecord[])[],
): Promise<Omit<DayPart, 'org' | 'spreader'>> {
  const records = hours.flat();
  const cuts: number[] = [0];
  for (const hour of hours) cuts.push(cuts.at(-1)! + hour.length);
  const tables = await writeTables(records, cuts.slice(1, -1));
  await compare(tables, hours, cuts);
  const samples = tables.samples ? await store(objects, `${base}.samples.parquet`, tables.samples) : null;
  const index: DayIndex = {
    frames: cuts,
    rows: tables.rows,
    spans: tables.signals,
    samples: samples && tables.samples ? await placesOf(samples, tables.samples) : null,
  };
  return {
    records: records.length,
    values: tables.values,
    frames: await store(objects, `${base}.frames.parquet`, tables.frames),
    samples,
    index: await store(objects, `${base}.index.json`, encode(index)),
  };
}

/** Throws Fault `ARCHIVE_UNFAITHFUL` when an hour cannot be read back from the files of its day as it was. */
async function compare(
  { frames, samples, rows }: RecordTables,
  hours: readonly (readonly LogRecord[])[],
  cuts: readonly number[],
): Promise<void> {
  for (const [i, hour] of hours.entries()) {
    // Others of this process get their turn: an hour takes some tenths of a second of the processor.
    await new Promise((resolve) => setImmediate(resolve));
    const read = await readTables(frames, samples, {
      frames: [cuts[i]!, cuts[i + 1]!],
      samples: Object.values(rows).map((starts) => [starts[i]!, starts[i + 1]!] as const),
    });
    if (hashOf(read) !== hashOf(hour)) throw new Fault('ARCHIVE_UNFAITHFUL', 'a day cannot be archived as it is');
  }
}

async function placesOf({ key, bytes }: ArchivedFile, content: Uint8Array): Promise<DayIndex['samples']> {
  const file = await SampleFile.of(content);
  const part = (from: number, to: number): string => sha256(content.subarray(from, to));
  return {
    key,
    bytes,
    tail: { from: file.tailAt, sha256: part(file.tailAt, bytes) },
    groups: file
      .groups()
      .map(({ rows, bytes: [from, to] }) => ({ row: rows[0], bytes: [from, to], sha256: part(from, to) })),
  };
}

/** The hours that a day has taken the place of: files first, so that a manifest which is left tells what is left. */
async function removeHours(objects: ObjectStore, day: CompactedDay, signal: AbortSignal | undefined): Promise<void> {
  for (const { from, hour } of day.hours) {
    signal?.throwIfAborted();
    const key = segmentKey(day.partition, from, hour);
    const left = await readSealed(objects, key);
    if (!left) continue;
    for (const { frames, samples } of left.parts)
      for (const file of samples ? [frames, samples] : [frames]) await objects.remove(file.key);
    await objects.remove(key);
  }
}
