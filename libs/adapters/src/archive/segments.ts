import { createHash } from 'node:crypto';
import { Fault } from '@quaywatch/kernel';
import type { LogRecord, ObjectStore } from '@quaywatch/ports';
import { archivedTopic, decode, inTurns, padded, readFile, root, type ArchivedFile } from './archive-files';
import { readTables, type TableSlice } from './record-tables';

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

/** What was sealed of an hour. */
export interface SealedHour {
  /** Begin of the hour by the log's clock, RFC 3339. */
  readonly hour: string;
  /** Offsets, `to` not included. */
  readonly from: number;
  readonly to: number;
  readonly records: number;
  /** SHA-256 over offset and text of every record, in order. */
  readonly sha256: string;
}

/** What one partition of the log had stored in one hour. Its manifest is written last and never again: that seals it. */
export interface Segment extends SealedHour {
  readonly topic: string;
  readonly partition: number;
  readonly parts: readonly ArchivedPart[];
  /** Set when the day has been compacted: its files, and which of its hours this is. `parts` is empty then. */
  readonly compacted?: { readonly parts: readonly DayPart[]; readonly hour: number };
}

/** The records of one organisation and spreader on one day. */
export interface DayPart {
  readonly org: string;
  readonly spreader: string;
  readonly records: number;
  readonly values: number;
  readonly frames: ArchivedFile;
  readonly samples: ArchivedFile | null;
  /** A `DayIndex`. */
  readonly index: ArchivedFile;
}

/** Where in the files of a `DayPart` things are. */
export interface DayIndex {
  /** Rows of the table of records at which the hours begin, and their number. */
  readonly frames: readonly number[];
  /** The same in the table of samples, for each signal. */
  readonly rows: Readonly<Record<string, readonly number[]>>;
  /** First and last time of each signal, ms. */
  readonly spans: Readonly<Record<string, readonly [number, number]>>;
  /** The file of samples: where its tail begins (places of pages and the footer), and its row groups (first row, first byte, byte after the last), each with its SHA-256. */
  readonly samples: {
    readonly key: string;
    readonly bytes: number;
    readonly tail: { readonly from: number; readonly sha256: string };
    readonly groups: readonly {
      readonly row: number;
      readonly bytes: readonly [number, number];
      readonly sha256: string;
    }[];
  } | null;
}

/** The hours of a day of one partition that were merged, as they were sealed, and the files that hold them now. */
export interface CompactedDay {
  readonly topic: string;
  readonly partition: number;
  /** `YYYY-MM-DD` by the log's clock. */
  readonly day: string;
  readonly from: number;
  readonly to: number;
  readonly hours: readonly SealedHour[];
  readonly parts: readonly DayPart[];
}

/** A compacted day as its key tells it. */
export interface DayName {
  readonly key: string;
  readonly day: string;
  readonly from: number;
  readonly to: number;
}

const segmentFolder = (partition: number): string => `${root}/segments/${archivedTopic}/${partition}/`;
const dayFolder = (partition: number): string => `${root}/days/${archivedTopic}/${partition}/`;

/** Key of the manifest of an hour. */
export const segmentKey = (partition: number, from: number, hour: string): string =>
  `${segmentFolder(partition)}${padded(from)}-${hour.slice(0, 13)}.json`;
/** Key of the manifest of a compacted day. */
export const dayKey = (partition: number, from: number, to: number, day: string): string =>
  `${dayFolder(partition)}${padded(from)}-${padded(to)}-${day}.json`;

/** The compacted days of a partition, in order. */
export async function daysOf(objects: ObjectStore, partition: number): Promise<DayName[]> {
  const listed = await objects.list(dayFolder(partition));
  return listed.map(({ key }) => {
    const [from, to, ...day] = key.slice(dayFolder(partition).length, -'.json'.length).split('-');
    return { key, day: day.join('-'), from: Number(from), to: Number(to) };
  });
}

/** What `work` finds by the compacted days; again when hours became days meanwhile, since it may have missed both. */
export async function withDays<T>(
  objects: ObjectStore,
  partition: number,
  work: (days: readonly DayName[]) => Promise<T>,
): Promise<T> {
  for (;;) {
    const days = await daysOf(objects, partition);
    const [found, after] = [await work(days), await daysOf(objects, partition)];
    if (after.length === days.length) return found;
  }
}

/** Reads the manifest of a compacted day. */
export async function readDay(objects: ObjectStore, { key }: DayName): Promise<CompactedDay> {
  const day = decode(await objects.get(key)) as CompactedDay | undefined;
  if (!day) throw new Fault('ARCHIVE_DAMAGED', `${key} is missing`);
  return day;
}

/** Hours that were sealed at or after offset `from` and are not part of a compacted day, in order. */
export async function loneHours(objects: ObjectStore, partition: number, days: readonly DayName[]): Promise<Segment[]> {
  const listed = await objects.list(segmentFolder(partition));
  const lone = listed.filter(({ key }) => {
    const from = Number(key.slice(segmentFolder(partition).length).split('-')[0]);
    return !days.some((day) => from >= day.from && from < day.to);
  });
  const read = await inTurns(lone, ({ key }) => readSealed(objects, key));
  return read.filter((segment) => segment !== undefined);
}

/** All sealed segments of a partition, in order. Throws Fault `ARCHIVE_DAMAGED` when one is missing between two. */
export async function segmentsOf(objects: ObjectStore, partition: number): Promise<Segment[]> {
  const [days, lone] = await withDays(objects, partition, (names) =>
    Promise.all([inTurns(names, (name) => readDay(objects, name)), loneHours(objects, partition, names)]),
  );
  const merged = days.flatMap(({ topic, parts, hours }) =>
    hours.map((hour, i): Segment => ({ topic, partition, ...hour, parts: [], compacted: { parts, hour: i } })),
  );
  const segments = [...merged, ...lone].sort((a, b) => a.from - b.from);
  for (const [i, segment] of segments.entries()) {
    const before = segments[i - 1];
    if (before && before.to !== segment.from)
      throw new Fault('ARCHIVE_DAMAGED', `partition ${partition}: nothing between ${before.to} and ${segment.from}`);
  }
  return segments;
}

/** The offset up to which a partition is archived. */
export async function sealedUpTo(objects: ObjectStore, partition: number): Promise<number> {
  const [listed, days] = await Promise.all([objects.list(segmentFolder(partition)), daysOf(objects, partition)]);
  const last = listed.at(-1);
  const hour = last && (await readSealed(objects, last.key));
  return Math.max(hour?.to ?? 0, days.at(-1)?.to ?? 0);
}

/** The manifest of an hour; undefined when it is not there. */
export const readSealed = async (objects: ObjectStore, key: string): Promise<Segment | undefined> =>
  decode(await objects.get(key)) as Segment | undefined;

/**
 * The records of a segment in order of offset, every checksum looked at. Parts removed by retention are left out. Throws
 * Fault `ARCHIVE_DAMAGED`, and `ARCHIVE_COMPACTED` (retryable) when the hour became part of a day after it was listed.
 */
export async function readSegment(objects: ObjectStore, segment: Segment): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  let whole = true;
  try {
    for (const part of segment.compacted?.parts ?? segment.parts) {
      const own = await readPart(objects, part, segment.compacted?.hour);
      if (own) for (const record of own) records.push(record);
      else whole = false;
    }
  } catch (error) {
    const days = segment.compacted ? [] : await daysOf(objects, segment.partition);
    if (!days.some(({ from, to }) => segment.from >= from && segment.from < to)) throw error;
    const message = `hour ${segment.partition}/${segment.hour} has become part of a day; list the segments again`;
    throw new Fault('ARCHIVE_COMPACTED', message, { retryable: true, cause: error });
  }
  records.sort((a, b) => a.offset - b.offset);
  if (whole && hashOf(records) !== segment.sha256)
    throw new Fault('ARCHIVE_DAMAGED', `segment ${segment.partition}/${segment.hour} is not what was sealed`);
  return records;
}

/** Records of one part, of one `hour` when it is a day's; undefined when retention has removed it. */
export async function readPart(
  objects: ObjectStore,
  part: ArchivedPart | DayPart,
  hour?: number,
): Promise<LogRecord[] | undefined> {
  let slice: TableSlice | undefined;
  if ('index' in part && hour !== undefined) {
    const index = decode(await readFile(objects, part.index)) as DayIndex | undefined;
    if (!index) return undefined;
    slice = sliceOf(index, hour);
    if (slice.frames[0] === slice.frames[1]) return [];
  }
  const frames = await readFile(objects, part.frames);
  if (!frames) return undefined;
  return readTables(frames, part.samples ? await readFile(objects, part.samples) : undefined, slice);
}

const sliceOf = ({ frames, rows }: DayIndex, hour: number): TableSlice => ({
  frames: [frames[hour]!, frames[hour + 1]!],
  samples: Object.values(rows).map((starts) => [starts[hour]!, starts[hour + 1]!] as const),
});

/** SHA-256 over offset and text of every record, in order. */
export function hashOf(records: readonly LogRecord[]): string {
  const hash = createHash('sha256');
  for (const { offset, event } of records) hash.update(`${offset} ${JSON.stringify(event)}\n`);
  return hash.digest('hex');
}
