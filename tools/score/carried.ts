import type { Frame } from '@quaywatch/domain/condition';
import { basename, join } from 'node:path';
import type { DeviceSeries } from './device-series';
import { names, text, type Read } from './read';
import type { ScoreLine } from './result';

/** How the files of a set are a machine's: which there are, and which columns the machine measures. */
interface Layout {
  readonly files: (folder: string) => string[];
  /** Text between columns; undefined for a table of numbers without a heading. */
  readonly separator?: string;
  /** Numbers of runs, times and labels stay with the scorer: they are not sent. */
  readonly measured: (column: string, i: number) => boolean;
}

const csv = (folder: string): string[] => names(folder, /\.csv(\.gz)?$/);
const layouts: Readonly<Record<string, Layout>> = {
  tep: { files: (folder) => names(folder, /^d\d\d.*\.dat(\.gz)?$/), measured: () => true },
  'ims-bearing': { files: csv, separator: ',', measured: (column) => /^bearing/i.test(column) },
  cmapss: {
    files: () => ['train_FD001.txt', 'test_FD001.txt'],
    measured: (_, i) => i >= 5,
  },
  'hydraulic-actuator': {
    files: csv,
    separator: ',',
    measured: (column) => /^(Accel|Angle|PG|Temp|Lim)/.test(column),
  },
};

/** Sets that can be sent as devices by their columns, and scored by what arrived. */
export const carriedSets = Object.keys(layouts);

/** A file as a device, and how its text is made of what came of it. */
interface CarriedFile {
  readonly file: string;
  readonly series: DeviceSeries;
  readonly textOf: (frames: readonly Frame[]) => string;
}

function carriedFile(set: string, layout: Layout, folder: string, name: string, until: number): CarriedFile {
  const file = join(folder, name);
  const [head, ...lines] = text(file).trim().split(/\r?\n/);
  const { separator } = layout;
  const cells = (separator === undefined ? [head ?? '', ...lines] : lines)
    .filter(Boolean)
    .map((line) => (separator === undefined ? line.trim().split(/\s+/) : line.split(separator)));
  // One file of TEP is written row by signal.
  const turned = set === 'tep' && cells.length === 52;
  const rows = turned ? (cells[0] as string[]).map((_, i) => cells.map((row) => row[i] as string)) : cells;
  const titles =
    separator === undefined ? (rows[0] as string[]).map((_, i) => `c${i + 1}`) : (head ?? '').split(separator);
  const sent = titles.map((_, i) => i).filter((i) => layout.measured(titles[i] as string, i));
  const signals = sent.map((i) => `raw:${(titles[i] as string).replace(/[^A-Za-z0-9]+/g, '.')}`);
  const btu = `${set}-${basename(name).replace(/\..*$/, '')}`.replace(/[^A-Za-z0-9-]+/g, '-').toUpperCase();
  return {
    file,
    // A second from row to row, up to yesterday: devices store data for some months at most.
    series: {
      btu,
      signals,
      at: rows.map((_, i) => until - 1000 * (rows.length - i)),
      rows: rows.map((row) => sent.map((i) => Number(row[i]))),
    },
    textOf: (frames) => {
      const columns = signals.map((signal) =>
        frames.flatMap(({ samples }) => samples.find((one) => one.signal === signal)?.values ?? []),
      );
      const arrived = rows.map((row, t) => {
        const own = [...row];
        sent.forEach((i, k) => (own[i] = String(columns[k]?.[t] ?? Number.NaN)));
        return own;
      });
      const written = turned ? cells.map((_, i) => arrived.map((row) => row[i] as string)) : arrived;
      const body = written.map((row) => row.join(separator ?? ' '));
      return (separator === undefined ? body : [head ?? '', ...body]).join('\n');
    },
  };
}

/**
 * A set of recorded data as devices: what the machines measured goes through `transport`, which carries it through the
 * broker and the log, and is scored from there. One line: whether every figure is that of the files themselves.
 */
export async function scoreCarried(
  set: string,
  folder: string,
  score: (folder: string, read: Read) => ScoreLine[] | Promise<ScoreLine[]>,
  transport: (series: readonly DeviceSeries[]) => Promise<ReadonlyMap<string, readonly Frame[]>>,
): Promise<ScoreLine[]> {
  const layout = layouts[set] as Layout;
  const until = Math.floor(Date.now() / 1000) * 1000 - 86_400_000;
  const files = layout.files(folder).map((name) => carriedFile(set, layout, folder, name, until));
  const came = await transport(files.map(({ series }) => series));
  const texts = new Map(files.map(({ file, series, textOf }) => [file, textOf(came.get(series.btu) ?? [])]));
  const direct = await score(folder, text);
  const through = await score(folder, (file) => texts.get(file) ?? text(file));
  const same = JSON.stringify(direct) === JSON.stringify(through);
  const samples = files.reduce((sum, { series: { rows, signals } }) => sum + rows.length * signals.length, 0);
  return [
    {
      what: `${set} through MQTT = direct call`,
      least: 'identical',
      aim: '',
      ours: same ? 'identical' : 'different',
      met: same,
      note: `${files.length} devices, ${samples} samples; ${through.map(({ what, ours }) => `${what}: ${ours}`).join('; ')}${same ? '' : `; direct: ${direct.map(({ ours }) => ours).join('; ')}`}`,
    },
  ];
}
