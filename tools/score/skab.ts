import { addToJoint, learnJoint, levelDefaults, type Frame, type JointSettings } from '@quaywatch/domain/condition';
import { join } from 'node:path';
import { directFrames, outByLiveAnalysis, type DeviceSeries } from './device-series';
import { names, table, text } from './read';
import type { ScoreLine } from './result';

/** What is used of the official scorer. */
export interface SkabScorer {
  binary(items: { y: number[]; p: number[] }[]): { F1: number; FAR: number; MAR: number };
  changepoint(items: { ts: number[]; cp: number[]; p: number[] }[]): {
    standard: number;
    missed: number;
    fps: number;
    nTrue: number;
  };
}

const learned = 400;

/** Change points are wanted at once, so with less patience and a limit further out. */
const changeSettings: JointSettings = { ...levelDefaults, weight: 0.12, ridge: 0.5, factor: 3.5, release: 0.7 };

interface SkabRecord {
  readonly btu: string;
  readonly x: number[][];
  readonly ts: number[];
  readonly y: number[];
  readonly cp: number[];
}

function readSkab(folder: string): SkabRecord[] {
  return ['valve1', 'valve2', 'other'].flatMap((group) =>
    names(join(folder, group), /\.csv$/).map((name) => {
      const { rows } = table(text(join(folder, group, name)), ';');
      return {
        btu: `SKAB-${group}-${name.replace(/\.csv$/, '')}`,
        x: rows.map((row) => row.slice(1, 9).map(Number)),
        ts: rows.map((row) => Date.parse(`${(row[0] as string).replace(' ', 'T')}Z`) / 1000),
        y: rows.map((row) => Number(row[9])),
        cp: rows.map((row) => Number(row[10])),
      };
    }),
  );
}

/** The columns as signals of a device. */
const signals = [
  'vib.rms',
  'raw:vib2.rms',
  'pump.current',
  'hyd.press',
  'raw:motor.bodyTemp',
  'hyd.oilTemp',
  'sup.volt',
  'raw:hyd.flow',
];

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
  const all = records.map(({ btu, x, ts }): DeviceSeries => {
    const shift = end - (ts.at(-1) as number);
    return { btu, signals, at: ts.map((at) => (at + shift) * 1000), rows: x };
  });
  const arrived = await transport(all);
  const score = (outOf: (series: DeviceSeries, record: SkabRecord) => number[]): { text: string; p: number[][] } => {
    const p = all.map((series, i) => outOf(series, records[i] as SkabRecord));
    const binary = scorer.binary(records.map(({ y }, i) => ({ y: y.slice(learned), p: p[i] as number[] })));
    return { text: `F1 ${binary.F1}, false ${binary.FAR} %, missed ${binary.MAR} %`, p };
  };
  const detector = score((_, { x }) => {
    const { model, state } = learnJoint(levelDefaults, x.slice(0, learned));
    return x.slice(learned).map((row) => (addToJoint(levelDefaults, model, state, row).out ? 1 : 0));
  });
  const direct = score((series) => outByLiveAnalysis(directFrames(series)));
  const carried = score(({ btu }) => outByLiveAnalysis(arrived.get(btu) ?? []));
  const same =
    JSON.stringify(direct) === JSON.stringify(carried) && JSON.stringify(direct) === JSON.stringify(detector);
  const rows = direct.p.reduce((sum, p) => sum + p.length, 0);
  return [
    {
      what: 'SKAB: live analysis behind MQTT = direct call = detector',
      least: 'identical',
      aim: '',
      ours: same ? 'identical' : 'different',
      met: same,
      note: `${records.length} devices, ${rows} judged rows; through MQTT and the log: ${carried.text}; direct: ${direct.text}; detector: ${detector.text}`,
    },
  ];
}

/** SKAB water pump: eight signals together, learned on the first 400 rows of each record. */
export function scoreSkab(folder: string, scorer: SkabScorer): ScoreLine[] {
  const records = readSkab(folder);
  const run = (settings: JointSettings, x: number[][]): number[] => {
    const { model, state } = learnJoint(settings, x.slice(0, learned));
    return x.slice(learned).map((row) => (addToJoint(settings, model, state, row).out ? 1 : 0));
  };
  const binary = scorer.binary(records.map(({ x, y }) => ({ y: y.slice(learned), p: run(levelDefaults, x) })));
  const change = scorer.changepoint(
    records.map(({ x, ts, cp }) => ({ ts: ts.slice(learned), cp: cp.slice(learned), p: run(changeSettings, x) })),
  );
  const published = JSON.parse(text(join(folder, 'reference-scores.json'))) as {
    scores: Record<string, { F1: number; FAR: number; NAB_standard: number }>;
  };
  const others = Object.entries(published.scores);
  return [
    {
      what: 'SKAB F1 at ≤ 17 % false alarms',
      least: '0.83',
      aim: '0.88',
      ours: `${binary.F1.toFixed(3)} at ${binary.FAR.toFixed(1)} %`,
      met: binary.F1 >= 0.83 && binary.FAR <= 17,
      note: `missed ${binary.MAR.toFixed(1)} %; others: ${others.map(([name, { F1, FAR }]) => `${name} ${F1} at ${FAR} %`).join(', ')}`,
    },
    {
      what: 'SKAB change points (NAB standard)',
      least: '33',
      aim: '40',
      ours: change.standard.toFixed(1),
      met: change.standard >= 33,
      note: `missed ${change.missed} of ${change.nTrue}, false ${change.fps}; others: ${others.map(([name, { NAB_standard }]) => `${name} ${NAB_standard}`).join(', ')}`,
    },
  ];
}
