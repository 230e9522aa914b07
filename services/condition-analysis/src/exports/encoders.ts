import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Cell, Column } from './datasets';

/** Writes rows as bytes of a file, batch by batch; holds no more than one batch. */
export interface Encoder {
  readonly mime: string;
  readonly ending: string;
  /** The bytes that the batch adds; the first batch also gives what comes before all rows. */
  batch(rows: readonly Cell[][]): Uint8Array;
  /** What comes after all rows. */
  end(): Uint8Array;
}

const text = new TextEncoder();
const none = new Uint8Array(0);

/** One JSON object a line. */
const ndjson = (columns: readonly Column[]): Encoder => ({
  mime: 'application/x-ndjson',
  ending: 'ndjson',
  batch: (rows) =>
    text.encode(
      rows
        .map((row) => {
          const entries = columns.map(({ name, type }, i) => {
            const cell = row[i] ?? null;
            return [name, type === 'json' && typeof cell === 'string' ? (JSON.parse(cell) as unknown) : cell];
          });
          return `${JSON.stringify(Object.fromEntries(entries))}\n`;
        })
        .join(''),
    ),
  end: () => none,
});

/** A cell of RFC 4180; a text that a spreadsheet would take for a formula gets a quote in front. */
function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Comma-separated values by RFC 4180, with a heading. */
const csv = (columns: readonly Column[]): Encoder => {
  let begun = false;
  const line = (cells: readonly Cell[]): string => `${cells.map(csvCell).join(',')}\r\n`;
  const heading = (): string => {
    if (begun) return '';
    begun = true;
    return line(columns.map(({ name }) => name));
  };
  return {
    mime: 'text/csv',
    ending: 'csv',
    batch: (rows) => text.encode(heading() + rows.map(line).join('')),
    end: () => text.encode(heading()),
  };
};

const parquetTypes = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  json: { type: 'BYTE_ARRAY', converted_type: 'JSON' },
  number: { type: 'DOUBLE' },
  whole: { type: 'INT32' },
  time: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
} as const;

/** Apache Parquet, Snappy, a row group for each batch. */
const parquet = (columns: readonly Column[]): Encoder => {
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema: [
      { name: 'root', num_children: columns.length },
      ...columns.map(({ name, type }) => ({ name, repetition_type: 'OPTIONAL' as const, ...parquetTypes[type] })),
    ],
    createdBy: 'quaywatch',
  });
  // Places in the file are counted on; only what was taken out already is forgotten.
  const taken = (): Uint8Array => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  return {
    mime: 'application/vnd.apache.parquet',
    ending: 'parquet',
    batch: (rows) => {
      void file.write({
        columnData: columns.map(({ name, type }, i) => ({
          name,
          data: rows.map((row) => parquetCell(row[i] ?? null, type)),
        })),
        rowGroupSize: Math.max(1, rows.length),
      });
      return taken();
    },
    end: () => {
      void file.finish();
      return taken();
    },
  };
};

function parquetCell(cell: Cell, type: Column['type']): unknown {
  if (cell === null) return null;
  if (type === 'time') return new Date(String(cell));
  return type === 'json' ? (JSON.parse(String(cell)) as unknown) : cell;
}

/** The encoders by format. */
export const encoders: Readonly<Record<string, (columns: readonly Column[]) => Encoder>> = { ndjson, csv, parquet };
