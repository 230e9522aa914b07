import { Fault } from '@quaywatch/kernel';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { mapColumns, type ColumnMapping, type ReplaySet } from './replay-map';

/** One row of a recording: ms since the recording's first row, values by signal (null = empty cell), alarms raised. */
export interface RecordedRow {
  readonly at: number;
  readonly values: Readonly<Record<string, number | null>>;
  readonly alarms: Readonly<Record<string, boolean>>;
}

/** A file as one device would have sent it. */
export interface Recording {
  /** `valve1-0`: for the serial of the device. */
  readonly name: string;
  readonly columns: readonly ColumnMapping[];
  readonly rows: readonly RecordedRow[];
}

/** The data files of a set, by path; licences, notes and labels are no data. */
export function recordingFiles(folder: string, set: string): string[] {
  const root = join(folder, set);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() && /\.(csv|dat|txt)(\.gz)?$/.test(entry.name) && !/^(RUL_|readme|LICENSE)/i.test(entry.name),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Reads a file by the map; label columns are never part of it. Throws Fault `RECORDING` when nothing can be read. */
export async function readRecording(folder: string, set: string, file: string, entry: ReplaySet): Promise<Recording> {
  const bytes = await readFile(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const spaces = entry.separator === 'spaces';
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const cells = (line: string): string[] => (spaces ? line.trim().split(/\s+/) : line.split(entry.separator));
  const header = spaces ? undefined : cells(lines[0] ?? '');
  const columns = mapColumns(entry, header);
  const index = (column: string | number): number =>
    typeof column === 'number' ? column : (header?.indexOf(column) ?? -1);
  const places = columns.map((column) => index(column.column));
  const events = Object.keys(entry.events ?? {}).map((column) => ({ column, place: index(column) }));
  const time = clockOf(entry, index);
  const rows = lines.slice(header ? 1 : 0).map((line, number): RecordedRow => {
    const row = cells(line);
    return {
      at: time(row, number),
      values: Object.fromEntries(
        columns.map(({ signal, scale }, i) => [signal, numberIn(row[places[i] ?? -1], scale)]),
      ),
      // An empty cell says nothing: what was raised stays raised.
      alarms: Object.fromEntries(
        events.flatMap(({ column, place }) => {
          const cell = row[place]?.trim() ?? '';
          return cell === '' ? [] : [[column, /^(true|1(\.0)?)$/i.test(cell)]];
        }),
      ),
    };
  });
  const first = rows[0]?.at;
  if (first === undefined || rows.some((row) => Number.isNaN(row.at))) {
    throw new Fault('RECORDING', `${file}: no rows, or times that cannot be read in column ${entry.time_column}`);
  }
  const name = relative(join(folder, set), file)
    .replace(/\.(csv|dat|txt)(\.gz)?$/, '')
    .replace(/[^A-Za-z0-9]+/g, '-');
  return { name: name || basename(file), columns, rows: rows.map((row) => ({ ...row, at: row.at - first })) };
}

/** Time of a row in ms. Four kinds: a date, seconds within a cycle, start of a stroke and sample, or the row's number. */
function clockOf(
  entry: ReplaySet,
  index: (column: string) => number,
): (row: readonly string[], number: number) => number {
  const column = entry.time_column.replace(/\s*\(.*\)\s*$/, '');
  const dated = index(column);
  if (column === 'started + sample' || column.startsWith('started')) {
    // Samples keep their source numbers though only every nth is there: the period is that of the rows.
    const [started, sample] = [index('started'), index('sample')];
    let step = 0;
    return (row) => {
      const number = Number(row[sample]);
      if (step === 0 && number > 0) step = number;
      return Date.parse(`${row[started] ?? ''}Z`) + (step === 0 ? 0 : (number / step) * entry.period_ms);
    };
  }
  if (dated >= 0 && column === 'time_s') {
    // Each cycle begins at 0 again: cycles follow each other with the gap of the map.
    let base = 0;
    let last = 0;
    return (row) => {
      const at = Number(row[dated]) * 1000;
      if (base + at < last) base = last + (entry.gap_between_cycles_s ?? 0) * 1000;
      last = Math.max(last, base + at);
      return base + at;
    };
  }
  if (dated >= 0) return (row) => dateIn(row[dated] ?? '');
  return (_row, number) => number * entry.period_ms;
}

function dateIn(text: string): number {
  const dotted = /^(\d{4})\.(\d\d)\.(\d\d)\.(\d\d)\.(\d\d)\.(\d\d)$/.exec(text);
  if (dotted) return Date.UTC(+dotted[1]!, +dotted[2]! - 1, +dotted[3]!, +dotted[4]!, +dotted[5]!, +dotted[6]!);
  return Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
}

function numberIn(cell: string | undefined, scale: number): number | null {
  if (cell === undefined || cell.trim() === '') return null;
  const value = Number(cell);
  return Number.isFinite(value) ? value * scale : null;
}
