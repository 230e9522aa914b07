import type { EventEnvelope } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { LogRecord } from '@quaywatch/ports';
import { parquetReadObjects, type ParquetQueryFilter } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { loadZstd, zstd } from '../zstd';

/** Parquet's codec ZSTD, as its writer and reader want it. */
const zstdCodec = {
  write: { ZSTD: (input: Uint8Array): Uint8Array => zstd.compress(input, 9) },
  read: { ZSTD: (input: Uint8Array): Uint8Array => zstd.decompress(input) },
};

type Value = number | boolean | string | null;
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
}

interface Sample {
  readonly signal: string;
  readonly frame: number;
  readonly col: number;
  readonly at: number;
  readonly value: Value;
}

const kinds = { number: 0, true: 1, false: 2, string: 3, null: 4 } as const;
const kindOf = (value: Value): number =>
  value === null ? kinds.null : typeof value === 'boolean' ? kinds[`${value}`] : kinds[typeof value as 'number'];

/** Writes records (in order of offset) as Parquet with zstd. Samples are sorted by signal, so that one can be read alone. */
export async function writeTables(records: readonly LogRecord[]): Promise<RecordTables> {
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
  for (const { signal, at } of samples) {
    const span = (signals[signal] ??= [at, at]);
    if (at < span[0]) span[0] = at;
    if (at > span[1]) span[1] = at;
  }
  const whole = samples.every(({ at }) => Number.isSafeInteger(at));
  const frames = parquetWriteBuffer({
    codec: 'ZSTD',
    compressors: zstdCodec.write,
    statistics: false,
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
  if (samples.length === 0) return { frames: new Uint8Array(frames), values: 0, signals };
  const table = parquetWriteBuffer({
    codec: 'ZSTD',
    compressors: zstdCodec.write,
    // Small, so that one signal is found without reading the others.
    rowGroupSize: groupSizes(samples),
    columnData: [
      { name: 'signal', type: 'STRING', data: samples.map((s) => s.signal), nullable: false },
      {
        ...delta(
          'frame',
          samples.map((s) => s.frame),
        ),
        statistics: false,
      },
      {
        ...delta(
          'col',
          samples.map((s) => s.col),
        ),
        statistics: false,
      },
      whole
        ? delta(
            'at',
            samples.map((s) => BigInt(s.at)),
          )
        : { name: 'at', type: 'DOUBLE', data: samples.map((s) => s.at), nullable: false },
      {
        ...delta(
          'kind',
          samples.map((s) => kindOf(s.value)),
        ),
        statistics: false,
      },
      {
        name: 'number',
        type: 'DOUBLE',
        data: samples.map((s) => (typeof s.value === 'number' ? s.value : null)),
        statistics: false,
      },
      {
        name: 'text',
        type: 'STRING',
        data: samples.map((s) => (typeof s.value === 'string' ? s.value : null)),
        statistics: false,
      },
    ],
  });
  return { frames: new Uint8Array(frames), samples: new Uint8Array(table), values: samples.length, signals };
}

/** The records again, equal to what was written, order of fields included. Throws Fault `ARCHIVE_DAMAGED`. */
export async function readTables(frames: Uint8Array, samples: Uint8Array | undefined): Promise<LogRecord[]> {
  const [rows, values] = [await readRows(frames), samples ? await readRows(samples) : []];
  const byFrame = new Map<number, Map<number, { at: number[]; values: Value[] }>>();
  for (const row of values) {
    const [frame, col] = [Number(row['frame']), Number(row['col'])];
    const columns = byFrame.get(frame) ?? new Map<number, { at: number[]; values: Value[] }>();
    byFrame.set(frame, columns);
    const column = columns.get(col) ?? { at: [], values: [] };
    columns.set(col, column);
    column.at.push(Number(row['at']));
    column.values.push(valueOf(row));
  }
  return rows.map((row, frame) => {
    const event = JSON.parse(String(row['event'])) as { data?: { samples: unknown } };
    if (row['split'] && event.data) {
      const left = (event.data.samples as { columns: [string, number][] }).columns;
      event.data.samples = left.map(([signal, length], col) => {
        const found = byFrame.get(frame)?.get(col) ?? { at: [], values: [] };
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

/** The samples of one signal, times rising as stored. */
export async function readSignal(samples: Uint8Array, signal: string): Promise<{ at: number; value: Value }[]> {
  const rows = await readRows(samples, { signal: { $eq: signal } }, ['signal', 'at', 'kind', 'number', 'text']);
  return rows.map((row) => ({ at: Number(row['at']), value: valueOf(row) }));
}

async function readRows(
  bytes: Uint8Array,
  filter?: ParquetQueryFilter,
  columns?: string[],
): Promise<Record<string, unknown>[]> {
  await loadZstd();
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  return parquetReadObjects({
    file,
    compressors: zstdCodec.read,
    ...(filter ? { filter } : {}),
    ...(columns ? { columns } : {}),
  });
}

function valueOf(row: Record<string, unknown>): Value {
  switch (Number(row['kind'])) {
    case kinds.number:
      return Number(row['number']);
    case kinds.true:
      return true;
    case kinds.false:
      return false;
    case kinds.string:
      return String(row['text']);
    default:
      return null;
  }
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

/** A row group for each signal, but none of fewer than 2,000 rows: small ones cost more than they save. */
function groupSizes(samples: readonly Sample[]): number[] {
  const sizes: number[] = [];
  let size = 0;
  for (const [i, { signal }] of samples.entries()) {
    size++;
    const last = i === samples.length - 1 || samples[i + 1]!.signal !== signal;
    if (last && (size >= 2000 || i === samples.length - 1)) {
      sizes.push(size);
      size = 0;
    }
  }
  return sizes;
}

const delta = (name: string, data: number[] | bigint[]) => ({
  name,
  type: typeof data[0] === 'bigint' ? ('INT64' as const) : ('INT32' as const),
  encoding: 'DELTA_BINARY_PACKED' as const,
  data,
  nullable: false,
});
