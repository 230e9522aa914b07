import type { EventEnvelope } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { LogRecord } from '@quaywatch/ports';
import { parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { loadZstd } from '../zstd';
import { delta, SampleFile, writeSamples, zstdCodec, type Rows, type Sample, type Value } from './sample-table';

interface Column {
  readonly signal: string;
  readonly at: readonly number[];
  readonly values: readonly Value[];
}

/** The two Parquet files that hold records of one spreader: a row for each record, and a row for each sample. */
export interface RecordTables {
  readonly frames: Uint8Array;
  /** Absent when no record has samples. */
  readonly samples?: Uint8Array;
  /** Number of samples. */
  readonly values: number;
  /** Signals with a first and last time, ms. */
  readonly signals: Readonly<Record<string, readonly [number, number]>>;
  /** For each signal, its first row and those at every cut: samples of records between two cuts are between two of these. */
  readonly rows: Readonly<Record<string, readonly number[]>>;
}

/** Rows of both tables that hold some of the records. */
export interface TableSlice {
  readonly frames: Rows;
  readonly samples: readonly Rows[];
}

/**
 * Writes records (in order of offset) as Parquet with zstd. Samples are sorted by signal, so that one can be read alone.
 * `cuts` are places among the records, rising, at which the tables can later be read in parts.
 */
export async function writeTables(records: readonly LogRecord[], cuts: readonly number[] = []): Promise<RecordTables> {
  await loadZstd();
  const samples: Sample[] = [];
  const split: boolean[] = [];
  const texts = records.map(({ event }, frame) => {
    const columns = columnsOf(event);
    split.push(columns !== undefined);
    if (!columns) return JSON.stringify(event);
    const { data } = event as EventEnvelope<object>;
    columns.forEach(({ signal, at, values }, col) =>
      values.forEach((value, i) => samples.push({ signal, frame, col, at: at[i] as number, value })),
    );
    // What is left of each column, so that empty ones and their order are kept.
    const left = columns.map(({ signal, values }) => [signal, values.length]);
    return JSON.stringify({ ...(event as object), data: { ...data, samples: { columns: left } } });
  });
  // Stable: within a signal the order of the records stays.
  samples.sort((a, b) => (a.signal < b.signal ? -1 : a.signal > b.signal ? 1 : 0));
  const signals: Record<string, [number, number]> = {};
  const rows: Record<string, number[]> = {};
  const ends: Record<string, number> = {};
  for (const [row, { signal, at, frame }] of samples.entries()) {
    const span = (signals[signal] ??= [at, at]);
    if (at < span[0]) span[0] = at;
    if (at > span[1]) span[1] = at;
    const starts = (rows[signal] ??= [row]);
    while (starts.length <= cuts.length && frame >= cuts[starts.length - 1]!) starts.push(row);
    ends[signal] = row + 1;
  }
  // The end, and cuts after the last sample of a signal.
  for (const [signal, starts] of Object.entries(rows))
    while (starts.length < cuts.length + 2) starts.push(ends[signal]!);
  const frames = parquetWriteBuffer({
    codec: 'ZSTD',
    compressors: zstdCodec.write,
    statistics: false,
    pageSize: 65_536,
    columnData: [
      delta(
        'offset',
        records.map((record) => BigInt(record.offset)),
      ),
      { name: 'stored_at', type: 'DOUBLE', data: records.map((record) => record.storedAt), nullable: false },
      { name: 'outbox_owner', type: 'STRING', data: records.map((record) => record.outbox?.owner ?? null) },
      { name: 'outbox_seq', type: 'DOUBLE', data: records.map((record) => record.outbox?.seq ?? null) },
      { name: 'split', type: 'BOOLEAN', data: split, nullable: false },
      { name: 'event', type: 'STRING', data: texts, nullable: false },
    ],
  });
  const common = { frames: new Uint8Array(frames), values: samples.length, signals, rows };
  return samples.length === 0 ? common : { ...common, samples: writeSamples(samples) };
}

/** The records again (those of `slice`, or all), equal to what was written, order of fields included. Throws Fault `ARCHIVE_DAMAGED`. */
export async function readTables(
  frames: Uint8Array,
  samples: Uint8Array | undefined,
  slice?: TableSlice,
): Promise<LogRecord[]> {
  const rows = await readFrames(frames, slice?.frames);
  const first = slice?.frames[0] ?? 0;
  const columns = rows.map((): Map<number, { at: number[]; values: Value[] }> => new Map());
  if (samples) {
    const file = await SampleFile.of(samples);
    for (const range of slice?.samples ?? file.all)
      if (range[1] > range[0])
        await file.each(range, (frame, col, at, value) => {
          const own = columns[frame - first];
          if (!own) throw new Fault('ARCHIVE_DAMAGED', `a sample belongs to record ${frame}, which is not there`);
          let column = own.get(col);
          if (!column) own.set(col, (column = { at: [], values: [] }));
          column.at.push(at);
          column.values.push(value);
        });
  }
  return rows.map((row, i) => {
    const event = JSON.parse(String(row['event'])) as { data?: { samples: unknown } };
    if (row['split'] && event.data) {
      const left = (event.data.samples as { columns: [string, number][] }).columns;
      event.data.samples = left.map(([signal, length], col) => {
        const found = columns[i]?.get(col) ?? { at: [], values: [] };
        if (found.values.length !== length)
          throw new Fault(
            'ARCHIVE_DAMAGED',
            `${signal} has ${found.values.length} values where ${length} were archived`,
          );
        return { signal, at: found.at, values: found.values };
      });
    }
    const owner = row['outbox_owner'];
    return {
      offset: Number(row['offset']),
      storedAt: Number(row['stored_at']),
      event,
      ...(owner === null || owner === undefined
        ? {}
        : { outbox: { owner: String(owner), seq: Number(row['outbox_seq']) } }),
    };
  });
}

async function readFrames(bytes: Uint8Array, rows: Rows | undefined): Promise<Record<string, unknown>[]> {
  await loadZstd();
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  return parquetReadObjects({
    file,
    compressors: zstdCodec.read,
    useOffsetIndex: true,
    ...(rows ? { rowStart: rows[0], rowEnd: rows[1] } : {}),
  });
}

/** The columns of an event with samples; undefined for any other, which is kept whole. */
function columnsOf(event: unknown): readonly Column[] | undefined {
  const samples = (event as { data?: { samples?: unknown } } | null)?.data?.samples;
  if (!Array.isArray(samples)) return undefined;
  const fits = samples.every((column: unknown) => {
    const { signal, at, values, ...rest } = (column ?? {}) as Record<string, unknown>;
    return (
      typeof signal === 'string' &&
      Array.isArray(at) &&
      Array.isArray(values) &&
      at.length === values.length &&
      Object.keys(rest).length === 0 &&
      at.every((time) => typeof time === 'number') &&
      values.every((value) => value === null || ['number', 'boolean', 'string'].includes(typeof value))
    );
  });
  return fits ? (samples as Column[]) : undefined;
}
