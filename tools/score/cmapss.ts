import { learnLife, lifeDefaults, remainingLife } from '@quaywatch/domain/condition';
import { join } from 'node:path';
import { numbers, text, type Read } from './read';
import type { ScoreLine } from './result';

/** The units of a file, each use × sensor, in the order in which they come. */
export function unitsOf(file: string, read: Read = text): number[][][] {
  const all = new Map<number, number[][]>();
  for (const [unit = 0, , , , , ...sensors] of numbers(read(file))) {
    if (!all.has(unit)) all.set(unit, []);
    all.get(unit)?.push(sensors);
  }
  return [...all.values()];
}

/** Uses left at the last row of each test unit. */
export const livesOf = (folder: string): number[] =>
  text(join(folder, 'RUL_FD001.txt')).trim().split(/\s+/).map(Number);

/** C-MAPSS FD001 (simulated turbofans): remaining cycles at the last row of every test unit, truth capped at 125. */
export function scoreCmapss(folder: string, read: Read = text): ScoreLine[] {
  const train = unitsOf(join(folder, 'train_FD001.txt'), read);
  const model = learnLife(lifeDefaults, train);
  const truth = livesOf(folder);
  const { cap } = lifeDefaults;
  let square = 0;
  let covered = 0;
  let score = 0;
  const tests = unitsOf(join(folder, 'test_FD001.txt'), read);
  if (tests.length !== truth.length) throw new Error(`${tests.length} test units, but ${truth.length} true lives`);
  tests.forEach((unit, i) => {
    const real = Math.min(cap, truth[i] as number);
    const { life, low, high } = remainingLife(model, unit);
    square += (life - real) ** 2;
    if (real >= low - 0.5 && real <= high + 0.5) covered += 1;
    const d = life - real;
    score += d < 0 ? Math.exp(-d / 13) - 1 : Math.exp(d / 10) - 1;
  });
  const rmse = Math.sqrt(square / tests.length);
  const coverage = (100 * covered) / tests.length;
  return [
    {
      what: 'C-MAPSS FD001 RMSE (capped 125)',
      least: '12',
      aim: '10.5',
      ours: rmse.toFixed(2),
      met: rmse <= 12,
      note: `PHM score ${score.toFixed(0)} over ${tests.length} units, learned on ${train.length}`,
      others:
        'on all 100 units, learned on 100: CNN 18.45 (Sateesh Babu et al. 2016), LSTM 16.14 (Zheng et al. 2017), DCNN 12.61 (Li et al. 2018)',
    },
    {
      what: 'C-MAPSS 90 % interval coverage',
      least: '85–95 %',
      aim: '',
      ours: `${coverage.toFixed(0)} %`,
      met: coverage >= 85 && coverage <= 95,
      note: 'cross-conformal by units left out',
    },
  ];
}
