import { addToJoint, learnJoint, levelDefaults, type JointSettings } from '@quaywatch/domain/condition';
import { join } from 'node:path';
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

/** SKAB water pump: eight signals together, learned on the first 400 rows of each record. */
export function scoreSkab(folder: string, scorer: SkabScorer): ScoreLine[] {
  const records = ['valve1', 'valve2', 'other'].flatMap((group) =>
    names(join(folder, group), /\.csv$/).map((name) => {
      const { rows } = table(text(join(folder, group, name)), ';');
      return {
        x: rows.map((row) => row.slice(1, 9).map(Number)),
        ts: rows.map((row) => Date.parse(`${(row[0] as string).replace(' ', 'T')}Z`) / 1000),
        y: rows.map((row) => Number(row[9])),
        cp: rows.map((row) => Number(row[10])),
      };
    }),
  );
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
