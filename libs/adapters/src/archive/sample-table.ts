import { Fault } from '@quaywatch/kernel';
import { parquetMetadata, parquetScan, type AsyncBuffer, type DecodedArray, type FileMetaData } from 'hyparquet';
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer';
import { loadZstd, zstd } from '../zstd';

/** A measured value; null where the device had none. */
export type Value = number | boolean | string | null;

/** One sample: column `col` of record `frame` (its place among the records of the table) has `value` at `at`, ms. */
export interface Sample {
  readonly signal: string;
  readonly frame: number;
  readonly col: number;
  readonly at: number;
  readonly value: Value;
}

/** Rows from the first number to before the second. */
export type Rows = readonly [number, number];

/** Parquet's codec ZSTD, as its writer and reader want it. Higher levels gain under 1 % on these columns. */
export const zstdCodec = {
  write: { ZSTD: (input: Uint8Array): Uint8Array => zstd.compress(input, 3) },
  read: { ZSTD: (input: Uint8Array): Uint8Array => zstd.decompress(input) },
};

const millisPerDay = 86_400_000;
/** Rows of a page of 32-bit integers. Small, so that an hour of a signal is found without decoding its day. */
const pageRows = 16_384;
// The writer begins a new page with the value that reaches this size.
const pageSize = 4 * (pageRows + 1);
/** How a value is kept: `milli` are numbers of at most three decimals, as thousandths in 32 bits. */
const kinds = { number: 0, true: 1, false: 2, string: 3, null: 4, milli: 5 } as const;

/** Thousandths of a number that has at most three decimals and fits; undefined for any other. */
function milliOf(value: number): number | undefined {
  const milli = Math.round(value * 1000);
  return milli / 1000 === value && milli === (milli | 0) && !Object.is(value, -0) ? milli : undefined;
}

function kindOf(value: Value): number {
  if (value === null) return kinds.null;
  if (typeof value === 'boolean') return kinds[`${value}`];
  if (typeof value === 'string') return kinds.string;
  return milliOf(value) === undefined ? kinds.number : kinds.milli;
}

/** Samples, sorted by signal, as a Parquet file: a row group for each signal that has many. */
export function writeSamples(samples: readonly Sample[]): Uint8Array {
  const whole = samples.every(({ at }) => Number.isSafeInteger(at));
  const numbers = (of: (sample: Sample) => number): Int32Array => Int32Array.from(samples, of);
  return new Uint8Array(
    parquetWriteBuffer({
      codec: 'ZSTD',
      compressors: zstdCodec.write,
      rowGroupSize: groupSizes(samples),
      pageSize,
      columnData: [
        { name: 'signal', type: 'STRING', data: samples.map((s) => s.signal), nullable: false },
        delta(
          'frame',
          numbers((s) => s.frame),
        ),
        delta(
          'col',
          numbers((s) => s.col),
        ),
        ...(whole
          ? [
              delta(
                'day',
                numbers((s) => Math.floor(s.at / millisPerDay)),
              ),
              delta(
                'ms',
                numbers((s) => s.at - millisPerDay * Math.floor(s.at / millisPerDay)),
              ),
            ]
          : [
              plain(
                'at',
                'DOUBLE',
                Float64Array.from(samples, (s) => s.at),
              ),
            ]),
        delta(
          'kind',
          numbers((s) => kindOf(s.value)),
        ),
        {
          ...plain(
            'milli',
            'INT32',
            numbers((s) => (typeof s.value === 'number' ? (milliOf(s.value) ?? 0) : 0)),
          ),
          encoding: 'BYTE_STREAM_SPLIT',
        },
        plain(
          'number',
          'DOUBLE',
          Float64Array.from(samples, (s) => (kindOf(s.value) === kinds.number ? (s.value as number) : 0)),
        ),
        plain(
          'text',
          'STRING',
          samples.map((s) => (typeof s.value === 'string' ? s.value : '')),
        ),
      ],
    }),
  );
}

/** A file of samples, or the parts of it that are wanted. */
export class SampleFile {
  private constructor(
    private readonly file: AsyncBuffer,
    private readonly metadata: FileMetaData,
  ) {}

  /** `bytes`: the whole file. */
  static async of(bytes: Uint8Array): Promise<SampleFile> {
    await loadZstd();
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    return new SampleFile(
      { byteLength: buffer.byteLength, slice: (from, to) => buffer.slice(from, to) },
      parquetMetadata(buffer),
    );
  }

  /** From the last bytes of a file of `size` bytes (from `tailAt` on) and a way to read the others. */
  static async behind(
    tail: Uint8Array,
    size: number,
    read: (from: number, to: number) => Promise<Uint8Array>,
  ): Promise<SampleFile> {
    await loadZstd();
    const end = tail.buffer.slice(tail.byteOffset, tail.byteOffset + tail.byteLength) as ArrayBuffer;
    const tailAt = size - end.byteLength;
    const slice = async (from: number, to = size): Promise<ArrayBuffer> => {
      if (from >= tailAt) return end.slice(from - tailAt, to - tailAt);
      const bytes = await read(from, to);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    };
    return new SampleFile({ byteLength: size, slice }, parquetMetadata(end));
  }

  /** Where everything begins that is no row group: places of pages, and the footer. */
  get tailAt(): number {
    return Math.max(...this.groups().map(({ bytes }) => bytes[1]));
  }

  /** Bytes of each row group with the rows it has, in order. */
  groups(): { readonly rows: Rows; readonly bytes: Rows }[] {
    let row = 0;
    return this.metadata.row_groups.map(({ columns, num_rows }) => {
      const rows: Rows = [row, (row += Number(num_rows))];
      let [from, to] = [Infinity, 0];
      for (const { meta_data } of columns) {
        if (!meta_data) continue;
        const start = Number(meta_data.dictionary_page_offset ?? meta_data.data_page_offset);
        from = Math.min(from, start, Number(meta_data.data_page_offset));
        to = Math.max(to, start + Number(meta_data.total_compressed_size));
      }
      return { rows, bytes: [from, to] };
    });
  }

  /** All row groups; a signal is never in two unless it fills one. */
  get all(): Rows[] {
    return this.groups().map(({ rows }) => rows);
  }

  /** Times and values of rows that are in one row group. */
  async values(rows: Rows): Promise<{ readonly at: Float64Array; readonly values: Value[] | Float64Array }> {
    const read = await this.reader();
    const [day, milli] = [this.has('day'), this.has('milli')];
    const at = new Float64Array(rows[1] - rows[0]);
    let values: Value[] | Float64Array = new Float64Array(at.length);
    for (const piece of this.pagesOf(rows)) {
      const place = piece[0] - rows[0];
      if (day) {
        const [days, ms] = [await read('day', piece), await read('ms', piece)];
        for (let i = 0; i < days.length; i++) at[place + i] = (days[i] as number) * millisPerDay + (ms[i] as number);
      } else (await read('at', piece)).forEach((time: unknown, i: number) => (at[place + i] = Number(time)));
      const kind = await read('kind', piece);
      const thousandths = milli ? await read('milli', piece) : [];
      if (values instanceof Float64Array && all(kind, kinds.milli)) {
        for (let i = 0; i < kind.length; i++) values[place + i] = (thousandths[i] as number) / 1000;
        continue;
      }
      const number = has(kind, kinds.number) ? await read('number', piece) : [];
      const text = has(kind, kinds.string) ? await read('text', piece) : [];
      if (values instanceof Float64Array) values = Array.from<number, Value>(values, (value) => value);
      for (let i = 0; i < kind.length; i++)
        values[place + i] = valueOf(Number(kind[i]), thousandths[i], number[i], text[i]);
    }
    return { at, values };
  }

  /** Hands over every sample of `rows`, which are in one row group, as column `col` of record `frame`. */
  async each(rows: Rows, take: (frame: number, col: number, at: number, value: Value) => void): Promise<void> {
    const read = await this.reader();
    const [frame, col] = [await read('frame', rows), await read('col', rows)];
    const { at, values } = await this.values(rows);
    for (let i = 0; i < at.length; i++) take(Number(frame[i]), Number(col[i]), at[i]!, values[i]!);
  }

  /** Rows of one signal, found by the statistics of the row groups. */
  async rowsOf(signal: string): Promise<Rows[]> {
    const scan = await this.scan({ signal: { $eq: signal } });
    const found: Rows[] = [];
    for (const { rowStart, rowEnd } of scan.ranges) {
      const names = await scan.readColumn({ column: 'signal', rowStart, rowEnd });
      const [first, last] = [names.indexOf(signal as never), names.lastIndexOf(signal as never)];
      if (first >= 0) found.push([rowStart + first, rowStart + last + 1]);
    }
    return found;
  }

  private has(column: string): boolean {
    return this.metadata.schema.some(({ name }) => name === column);
  }

  private scan(pruningFilter?: { signal: { $eq: string } }) {
    return parquetScan({
      file: this.file,
      metadata: this.metadata,
      compressors: zstdCodec.read,
      ...(pruningFilter ? { pruningFilter } : {}),
    });
  }

  /** Rows in pieces that are in one page each: the reader copies values of several pages one by one. */
  private *pagesOf([from, to]: Rows): Generator<Rows> {
    const first = this.groups().findLast(({ rows }) => rows[0] <= from)?.rows[0] ?? 0;
    for (let at = from; at < to;) {
      const end = Math.min(to, first + pageRows * (Math.floor((at - first) / pageRows) + 1));
      yield [at, end];
      at = end;
    }
  }

  private async reader(): Promise<(column: string, rows: Rows) => Promise<DecodedArray>> {
    const scan = await this.scan();
    return (column, [rowStart, rowEnd]) => scan.readColumn({ column, rowStart, rowEnd });
  }
}

const all = (kind: DecodedArray, wanted: number): boolean => {
  for (let i = 0; i < kind.length; i++) if (kind[i] !== wanted) return false;
  return true;
};
const has = (kind: DecodedArray, wanted: number): boolean => kind.includes(wanted as never);

function valueOf(kind: number, milli: unknown, number: unknown, text: unknown): Value {
  switch (kind) {
    case kinds.milli:
      return Number(milli) / 1000;
    case kinds.number:
      return Number(number);
    case kinds.true:
      return true;
    case kinds.false:
      return false;
    case kinds.string:
      return String(text);
    case kinds.null:
      return null;
    default:
      throw new Fault('ARCHIVE_DAMAGED', `there is no kind ${kind} of value`);
  }
}

/** A row group for each signal that has many samples; others share one: small ones cost more than they save. */
function groupSizes(samples: readonly Sample[]): number[] {
  const least = Math.max(2000, samples.length / 40);
  const sizes: number[] = [];
  let size = 0;
  for (const [i, { signal }] of samples.entries()) {
    size++;
    const last = i === samples.length - 1 || samples[i + 1]!.signal !== signal;
    if (last && (size >= least || i === samples.length - 1)) {
      sizes.push(size);
      size = 0;
    }
  }
  return sizes;
}

const plain = (name: string, type: 'INT32' | 'DOUBLE' | 'STRING', data: DecodedArray): ColumnSource => ({
  name,
  type,
  data,
  nullable: false,
  statistics: false,
});

/** A column of integers that rise or stay; 64 bits where the first is a bigint. */
export const delta = (name: string, data: Int32Array | bigint[]): ColumnSource => ({
  name,
  type: data instanceof Int32Array ? 'INT32' : 'INT64',
  encoding: 'DELTA_BINARY_PACKED',
  data,
  nullable: false,
  statistics: false,
});
