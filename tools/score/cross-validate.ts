import {
  changeDefaults,
  committeeDefaults,
  learnLife,
  lifeDefaults,
  remainingLife,
  surpriseDefaults,
  type ChangeSettings,
  type CommitteeSettings,
  type SurpriseSettings,
} from '@quaywatch/domain/condition';
import { Command } from 'commander';
import { join } from 'node:path';
import { random } from '../ingest-rig/random';
import { livesOf, unitsOf } from './cmapss';
import { readNab, surpriseOf, type NabScorer } from './nab';
import { official, scorerOf } from './sets';
import { binaryOf, changesOf, levelOf, readSkab, turnsOf, type SkabScorer } from './skab';

// What the scores are worth on data that were not looked at: npm run score:cross-validate -- --data DIR. The files are
// split into halves at random, many times; a half chooses among settings around the defaults, the other half judges them.
// Printed: the score of the defaults on random halves, and of the settings that were chosen on the half that did not choose.

const { data, scorer, splits } = new Command()
  .option('--data <folder>', 'recorded data', '../shared/data')
  .option('--scorer <folder>', 'official scorers; default as `npm run score`')
  .option('--splits <n>', 'random halves', '200')
  .parse()
  .opts<{ data: string; scorer?: string; splits: string }>();
const scorers = scorer ?? scorerOf(data);

/** Score of some of the files under one setting. */
type ScoreOf = (files: readonly number[]) => number;

const spread = (values: readonly number[]): string => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  const sorted = Float64Array.from(values).sort();
  const digits = mean < 2 ? 3 : 1;
  const [low = 0, high = 0] = [0.1, 0.9].map((q) => sorted[Math.floor(q * (sorted.length - 1))] as number);
  return `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)} (10 to 90 %: ${low.toFixed(digits)} to ${high.toFixed(digits)})`;
};

/** `settings[0]` are the defaults. Files are split group by group, so that each half has its share of each kind. */
function report(what: string, groups: readonly string[], settings: readonly ScoreOf[]): void {
  const draw = random(1);
  const all = groups.map((_, i) => i);
  const values = settings.map((score) => score(all));
  const [fixed, chosen]: [number[], number[]] = [[], []];
  for (let split = 0; split < Number(splits); split++) {
    const order = all
      .map((i) => ({ i, key: draw() }))
      .sort((a, b) => (groups[a.i] as string).localeCompare(groups[b.i] as string) || a.key - b.key);
    const first = split % 2;
    const one = order.filter((_, k) => k % 2 === first).map(({ i }) => i);
    const other = order.filter((_, k) => k % 2 !== first).map(({ i }) => i);
    fixed.push((settings[0] as ScoreOf)(one));
    const best = settings.reduce((a, b) => (b(one) > a(one) ? b : a));
    chosen.push(best(other));
  }
  console.log(`${what}: ${groups.length} files, ${settings.length} settings`);
  console.log(`  defaults, all files      ${(values[0] as number).toFixed((values[0] as number) < 2 ? 3 : 1)}`);
  console.log(`  defaults, half the files ${spread(fixed)}`);
  console.log(`  chosen on the other half ${spread(chosen)}`);
  console.log(`  all settings, all files  ${spread(values)}`);
}

const varied = <T>(base: T, changes: { readonly [K in keyof T]?: readonly T[K][] }): T[] => [
  base,
  ...(Object.entries(changes) as [keyof T, readonly T[keyof T][]][]).flatMap(([name, list]) =>
    list.map((value) => ({ ...base, [name]: value })),
  ),
];

const skab = await official<SkabScorer>(scorers, 'skab-score.mjs');
const records = readSkab(join(data, 'skab'));
const kinds = records.map(({ btu }) => (btu.includes('valve') ? 'valve' : 'other'));
const levels: CommitteeSettings[] = [
  ...varied(committeeDefaults, {
    starts: [
      [0, 0.375],
      [0, 0.2, 0.4],
      [0.125, 0.3, 0.5],
    ],
    limit: [2.5, 3.5],
    release: [0.2, 0.4],
    subside: [0.05, 0.2],
    again: [2, 4],
  }),
  ...varied(committeeDefaults.member, { weight: [0.1, 0.2], ridge: [0.2, 0.8], drift: [1.7, 2.5], settle: [20] })
    .slice(1)
    .map((member) => ({ ...committeeDefaults, member })),
];
report(
  'SKAB F1 where false alarms are at most 17 %, else less by the excess',
  kinds,
  levels.map((settings) => {
    const judged = records.map((record) => binaryOf(record, levelOf(record, settings)));
    return (files) => {
      const { F1, FAR } = skab.binary(files.map((i) => judged[i] as { y: number[]; p: number[] }));
      return F1 - Math.max(0, FAR - 17) / 100;
    };
  }),
);
const changes: ChangeSettings[] = varied(changeDefaults, {
  fast: [0.1, 0.3],
  slow: [0.01, 0.04],
  ridge: [0.2, 0.5],
  drift: [Infinity],
  skip: [0, 0.4],
  factor: [2.5, 3],
  rest: [50, 60],
});
report(
  'SKAB change points (NAB standard)',
  kinds,
  changes.map((settings) => {
    const judged = records.map((record) => changesOf(record, turnsOf(record, settings)));
    return (files) => skab.changepoint(files.map((i) => judged[i] as (typeof judged)[number])).standard;
  }),
);
const nab = await official<NabScorer>(scorers, 'nab-score.mjs');
const series = readNab(join(data, 'nab'), nab);
type Surprise = Omit<SurpriseSettings, 'learn' | 'rest' | 'forget'> & {
  readonly restOf: number;
  readonly forgetOf: number;
};
const { learn: _, rest: __, forget: ___, ...plain } = surpriseDefaults(3);
const surprises = varied<Surprise>(
  { ...plain, restOf: 1 / 3, forgetOf: 1 },
  {
    levels: [
      [3, 5, 8],
      [4, 5, 6, 7, 8, 9],
      [2, 3, 4, 5, 6, 7, 8, 9, 10],
    ],
    ranks: [[], [4, 6], [3, 4, 5, 6, 7, 8]],
    smooth: [4, 6],
    alarm: [2.75, 3.25, 3.5],
    habit: [0, 0.1, 0.4],
    restOf: [0.2, 0.25, 0.4],
    forgetOf: [0.5, 2],
  },
);
report(
  'NAB standard',
  series.map(({ file }) => file.split('/')[0] as string),
  surprises.map(({ restOf, forgetOf, ...own }) => {
    const scored = series.map((one) => {
      const settings = { ...own, learn: one.learn, rest: Math.floor(restOf * one.learn), forget: forgetOf * one.learn };
      const s = surpriseOf(one, settings);
      return { n: one.g.nWindows, ...nab.scoreAt([{ g: one.g, s }], nab.PROFILES['standard'] as object, own.alarm) };
    });
    // 100 × (raw − none found) / (all found at once − none found), both of them one for each window.
    return (files) => {
      const windows = files.reduce((sum, i) => sum + (scored[i]?.n ?? 0), 0);
      return (100 * (files.reduce((sum, i) => sum + (scored[i]?.raw ?? 0), 0) + windows)) / (2 * windows);
    };
  }),
);

// Remaining life: each unit that was run to its end is judged by a model of the others, with as much life left as the
// units of the test have.
const units = unitsOf(join(data, 'cmapss', 'train_FD001.txt'));
const lives = livesOf(join(data, 'cmapss'));
const folds = 5;
const draw = random(2);
const errors: number[][] = [];
for (let fold = 0; fold < folds; fold++) {
  const model = learnLife(
    { ...lifeDefaults, folds: 2 },
    units.filter((_, i) => i % folds !== fold),
  );
  errors.push(
    units.flatMap((unit, i) => {
      if (i % folds !== fold) return [];
      return Array.from({ length: 6 }, () => lives[Math.floor(draw() * lives.length)] as number)
        .filter((left) => unit.length - left >= 31)
        .map((left) => remainingLife(model, unit.slice(0, unit.length - left)).life - Math.min(lifeDefaults.cap, left));
    }),
  );
}
const rmse = (list: readonly number[]): number => Math.sqrt(list.reduce((sum, e) => sum + e * e, 0) / list.length);
console.log(
  `C-MAPSS RMSE on units left out of the learning: ${units.length} units, ${folds} folds, ${errors.flat().length} lives`,
);
console.log(`  all                      ${rmse(errors.flat()).toFixed(1)}`);
console.log(`  fold by fold             ${spread(errors.map(rmse))}`);
