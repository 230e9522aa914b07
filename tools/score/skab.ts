import {
  addToChanges,
  addToCommittee,
  changeDefaults,
  committeeDefaults,
  learnChanges,
  learnCommittee,
  type ChangeSettings,
  type CommitteeSettings,
  type Frame,
} from '@quaywatch/domain/condition';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { directFrames, judgedByLiveAnalysis, type DeviceSeries, type JudgedRows } from './device-series';
import { names, othersOf, published, table, text } from './read';
import type { ScoreLine } from './result';

/** What is used of the official scorer. */
export interface SkabScorer {
  binary(items: { y: number[]; p: number[] }[]): {
    F1: number;
    FAR: number;
    MAR: number;
    TP: number;
    FP: number;
    FN: number;
    TN: number;
  };
  changepoint(items: { ts: number[]; cp: number[]; p: number[] }[]): {
    standard: number;
    missed: number;
    fps: number;
    nTrue: number;
  };
}

/** Rows at the start of each record that may be learned from. */
const learned = 400;

/** One record: serial as a device, row × signal, seconds, labels. */
export interface SkabRecord {
  readonly btu: string;
  readonly columns: readonly string[];
  readonly x: number[][];
  readonly ts: number[];
  readonly y: number[];
  readonly cp: number[];
}

/** All labelled records of a folder, whatever its groups and files are called; tells what is left out. */
export function readSkab(folder: string): SkabRecord[] {
  const groups = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  return groups.flatMap((group) =>
    names(join(folder, group), /\.csv(\.gz)?$/).flatMap((name): SkabRecord[] => {
      const { head, rows } = table(text(join(folder, group, name)), ';');
      const [y, cp] = [head.indexOf('anomaly'), head.indexOf('changepoint')];
      if (y < 0 || cp < 0 || rows.length <= learned) {
        console.log(`skab: ${group}/${name} has ${y < 0 ? 'no labels' : `${rows.length} rows`}, left out`);
        return [];
      }
      const measured = head.map((_, i) => i).filter((i) => i > 0 && i !== y && i !== cp);
      return [
        {
          btu: `SKAB-${group}-${name.replace(/\.csv.*$/, '')}`,
          columns: measured.map((i) => head[i] as string),
          x: rows.map((row) => measured.map((i) => Number(row[i]))),
          ts: rows.map((row) => Date.parse(`${(row[0] as string).replace(' ', 'T')}Z`) / 1000),
          y: rows.map((row) => Number(row[y])),
          cp: rows.map((row) => Number(row[cp])),
        },
      ];
    }),
  );
}

/** What the committee says of the rows after the learned ones. */
export function levelOf({ x }: SkabRecord, settings: CommitteeSettings = committeeDefaults): (0 | 1)[] {
  const { model, state } = learnCommittee(settings, x.slice(0, learned));
  return x.slice(learned).map((row) => (addToCommittee(settings, model, state, row).out ? 1 : 0));
}

/** The same for changes: turns over with each. */
export function turnsOf({ x }: SkabRecord, settings: ChangeSettings = changeDefaults): (0 | 1)[] {
  const { model, state } = learnChanges(settings, x.slice(0, learned));
  let turn: 0 | 1 = 0;
  return x
    .slice(learned)
    .map((row) => (addToChanges(settings, model, state, row) ? (turn = turn === 0 ? 1 : 0) : turn));
}

/** Labels of the judged rows beside what was said of them. */
export const binaryOf = ({ y }: SkabRecord, p: number[]): { y: number[]; p: number[] } => ({ y: y.slice(learned), p });
/** The same for changes. */
export const changesOf = ({ ts, cp }: SkabRecord, p: number[]): { ts: number[]; cp: number[]; p: number[] } => ({
  ts: ts.slice(learned),
  cp: cp.slice(learned),
  p,
});

/** The columns as signals of a device (replay-map.json); others keep their names. */
const signals: Readonly<Record<string, string>> = {
  Accelerometer1RMS: 'vib.rms',
  Accelerometer2RMS: 'raw:vib2.rms',
  Current: 'pump.current',
  Pressure: 'hyd.press',
  Temperature: 'raw:motor.bodyTemp',
  Thermocouple: 'hyd.oilTemp',
  Voltage: 'sup.volt',
  'Volume Flow RateRMS': 'raw:hyd.flow',
};

/**
 * SKAB as devices: the records become frames of signals, which the live analysis judges, once as they are and once
 * after `transport`, which carries them through the broker and the log.
 */
export async function scoreSkabThrough(
  folder: string,
  scorer: SkabScorer,
  transport: (series: readonly DeviceSeries[]) => Promise<ReadonlyMap<string, readonly Frame[]>>,
): Promise<ScoreLine[]> {
  const records = readSkab(folder);
  // Devices store data for some months at most: the records are moved to yesterday, their spacing kept.
  const end = Math.floor(Date.now() / 1000) - 86_400;
  const all = records.map(({ btu, columns, x, ts }): DeviceSeries => {
    const shift = end - (ts.at(-1) as number);
    const named = columns.map((column) => signals[column] ?? `raw:${column.replace(/[^A-Za-z0-9]+/g, '.')}`);
    return { btu, signals: named, at: ts.map((at) => (at + shift) * 1000), rows: x };
  });
  const arrived = await transport(all);
  const score = (judge: (series: DeviceSeries, record: SkabRecord) => Pick<JudgedRows, 'out' | 'turns'>): string => {
    const judged = all.map((series, i) => {
      const { out, turns } = judge(series, records[i] as SkabRecord);
      return { out, turns };
    });
    const binary = scorer.binary(records.map((record, i) => binaryOf(record, judged[i]?.out ?? [])));
    const change = scorer.changepoint(records.map((record, i) => changesOf(record, judged[i]?.turns ?? [])));
    figures.set(
      judge,
      `F1 ${binary.F1.toFixed(3)}, false ${binary.FAR.toFixed(1)} %, changes ${change.standard.toFixed(1)}`,
    );
    return JSON.stringify(judged);
  };
  const figures = new Map<object, string>();
  const ways = {
    'through MQTT and the log': ({ btu }: DeviceSeries) => judgedByLiveAnalysis(arrived.get(btu) ?? []),
    direct: (series: DeviceSeries) => judgedByLiveAnalysis(directFrames(series)),
    detector: (_: DeviceSeries, record: SkabRecord) => ({ out: levelOf(record), turns: turnsOf(record) }),
  };
  const same = new Set(Object.values(ways).map(score)).size === 1;
  const rows = records.reduce((sum, { x }) => sum + x.length - learned, 0);
  return [
    {
      what: 'SKAB: live analysis behind MQTT = direct call = detector',
      least: 'identical',
      aim: '',
      ours: same ? 'identical' : 'different',
      met: same,
      note: `${records.length} devices, ${rows} judged rows, row by row; ${Object.entries(ways)
        .map(([name, way]) => `${name}: ${figures.get(way)}`)
        .join('; ')}`,
    },
  ];
}

/** SKAB water pump: eight signals together, learned on the first 400 rows of each record. */
export function scoreSkab(folder: string, scorer: SkabScorer): ScoreLine[] {
  const records = readSkab(folder);
  const binary = scorer.binary(records.map((record) => binaryOf(record, levelOf(record))));
  const change = scorer.changepoint(records.map((record) => changesOf(record, turnsOf(record))));
  const clock = scorer.changepoint(
    records.map((record) =>
      changesOf(
        record,
        record.y.slice(learned).map((_, i) => Math.floor(i / 60) % 2),
      ),
    ),
  );
  const others = published<{ F1: number; FAR: number; NAB_standard?: number }>(folder);
  return [
    {
      what: 'SKAB F1 at ≤ 17 % false alarms',
      least: '0.83',
      aim: '0.88',
      ours: `${binary.F1.toFixed(3)} at ${binary.FAR.toFixed(1)} %`,
      met: binary.F1 >= 0.83 && binary.FAR <= 17,
      note: `${records.length} records, missed ${binary.MAR.toFixed(1)} %`,
      ...othersOf(others, ({ F1, FAR }) => `${F1} at ${FAR} %`),
    },
    {
      what: 'SKAB change points (NAB standard)',
      least: '33',
      aim: '40',
      ours: change.standard.toFixed(1),
      met: change.standard >= 33,
      note: `missed ${change.missed} of ${change.nTrue}, false ${change.fps}; this score pays for many alarms: one every minute, whatever the data, gets ${clock.standard.toFixed(1)} with ${clock.fps} false ones`,
      ...othersOf(others, ({ NAB_standard: value }) => (value === undefined ? undefined : `${value}`)),
    },
  ];
}
