import { partitionOf } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { ObjectStore } from '@quaywatch/ports';
import { decode, folderOf, inTurns, readFile, sha256 } from './archive-files';
import { SampleFile, type Rows, type Value } from './sample-table';
import { loneHours, withDays, type DayIndex, type DayName } from './segments';

/** Which samples are wanted; times in ms, both included. */
export interface SignalQuery {
  readonly org: string;
  readonly spreader: string;
  readonly signal: string;
  readonly from: number;
  readonly to: number;
}

/** Samples by time: `values[i]` was measured at `at[i]`, ms. */
export interface SignalSeries {
  readonly at: Float64Array;
  readonly values: ArrayLike<Value>;
}

/**
 * Samples of one signal of a spreader between two times, by time. Of a compacted day only the bytes of that signal are
 * read, and their checksums looked at; hours that are not compacted yet are read whole. `partitions`: of the log.
 */
export async function exportSignal(
  objects: ObjectStore,
  partitions: number,
  query: SignalQuery,
): Promise<SignalSeries> {
  const partition = partitionOf(query.spreader, partitions);
  for (let attempt = 1; ; attempt++) {
    try {
      return merge(await withDays(objects, partition, (days) => readPieces(objects, partition, days, query)), query);
    } catch (error) {
      // An hour may become part of its day between the listing and the reading of it.
      if (!(error instanceof Fault && error.code === 'ARCHIVE_DAMAGED') || attempt === 2) throw error;
    }
  }
}

async function readPieces(
  objects: ObjectStore,
  partition: number,
  names: readonly DayName[],
  query: SignalQuery,
): Promise<SignalSeries[]> {
  const folder = folderOf(query.org, query.spreader);
  const days = await inTurns(names, async ({ day, from, to }) => {
    const index = decode(await objects.get(`${folder}/${day}/day-${partition}-${from}-${to}.index.json`));
    return index ? ofDay(objects, index as DayIndex, query) : undefined;
  });
  const hours = await inTurns(await loneHours(objects, partition, names), async ({ parts }) => {
    const pieces: SignalSeries[] = [];
    for (const { org, spreader, signals, samples } of parts) {
      if (org !== query.org || spreader !== query.spreader || !samples || !overlaps(signals[query.signal], query))
        continue;
      const bytes = await readFile(objects, samples);
      if (!bytes) continue;
      const file = await SampleFile.of(bytes);
      for (const rows of await file.rowsOf(query.signal)) pieces.push(await file.values(rows));
    }
    return pieces;
  });
  return [...days.filter((piece) => piece !== undefined), ...hours.flat()];
}

const overlaps = (span: readonly [number, number] | undefined, { from, to }: SignalQuery): boolean =>
  span !== undefined && span[0] <= to && span[1] >= from;

async function ofDay(objects: ObjectStore, index: DayIndex, query: SignalQuery): Promise<SignalSeries | undefined> {
  const { samples, rows, spans } = index;
  const starts = rows[query.signal];
  if (!samples || !starts || !overlaps(spans[query.signal], query)) return undefined;
  const wanted: Rows = [starts[0]!, starts.at(-1)!];
  const group = samples.groups.findLast(({ row }) => row <= wanted[0])!;
  const [tail, body] = await Promise.all([
    readRange(objects, samples.key, [samples.tail.from, samples.bytes], samples.tail.sha256),
    readRange(objects, samples.key, group.bytes, group.sha256),
  ]);
  const file = await SampleFile.behind(tail, samples.bytes, async (from, to) => {
    if (from < group.bytes[0] || to > group.bytes[1])
      throw new Fault('ARCHIVE_DAMAGED', `${samples.key}: its index does not fit it`);
    return body.subarray(from - group.bytes[0], to - group.bytes[0]);
  });
  return file.values(wanted);
}

async function readRange(objects: ObjectStore, key: string, bytes: Rows, hash: string): Promise<Uint8Array> {
  const read = await objects.getRange(key, bytes[0], bytes[1]);
  if (!read || sha256(read) !== hash) throw new Fault('ARCHIVE_DAMAGED', `${key} is missing or has been changed`);
  return read;
}

function merge(pieces: readonly SignalSeries[], { from, to }: SignalQuery): SignalSeries {
  const length = pieces.reduce((sum, { at }) => sum + at.length, 0);
  const numeric = pieces.every(({ values }) => values instanceof Float64Array);
  const at = new Float64Array(length);
  const values: Value[] | Float64Array = numeric ? new Float64Array(length) : new Array<Value>(length);
  let count = 0;
  let sorted = true;
  for (const piece of [...pieces].sort((a, b) => (a.at[0] ?? 0) - (b.at[0] ?? 0))) {
    if (values instanceof Float64Array && within(piece.at, from, to)) {
      // Most days are wanted whole and are in order.
      if (count > 0 && piece.at[0]! < at[count - 1]!) sorted = false;
      at.set(piece.at, count);
      values.set(piece.values as Float64Array, count);
      count += piece.at.length;
      continue;
    }
    for (let i = 0; i < piece.at.length; i++) {
      const time = piece.at[i]!;
      if (time < from || time > to) continue;
      if (count > 0 && time < at[count - 1]!) sorted = false;
      at[count] = time;
      values[count++] = piece.values[i] as never;
    }
  }
  const found = {
    at: at.subarray(0, count),
    values: values instanceof Float64Array ? values.subarray(0, count) : values.slice(0, count),
  };
  if (sorted) return found;
  const order = Array.from(found.at.keys()).sort((a, b) => found.at[a]! - found.at[b]!);
  return { at: Float64Array.from(order, (i) => found.at[i]!), values: order.map((i) => found.values[i]!) };
}

/** Whether there are times, all in order and between two. */
function within(at: Float64Array, from: number, to: number): boolean {
  const last = at.length - 1;
  if (last < 0 || at[0]! < from || at[last]! > to) return false;
  for (let i = 1; i <= last; i++) if (at[i]! < at[i - 1]!) return false;
  return true;
}
