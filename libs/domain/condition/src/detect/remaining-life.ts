import { quantileOfSorted } from '../robust/quantile';
import { cholesky, solve } from './cholesky';

/** How remaining life is learned from units that were run to their end. */
export interface LifeSettings {
  /** Sets of window lengths (uses); one regression for each set, averaged. */
  readonly windows: readonly (readonly number[])[];
  /** Uses between two rows that are learned from. */
  readonly every: number;
  /** Longest life that is told apart: a healthy unit shows nothing of its end. */
  readonly cap: number;
  /**
   * Kernel on features in their standard deviations: exp(−gamma·d²) + linear·a·b, d² and a·b as means over the features;
   * noise variance as a share of its height.
   */
  readonly gamma: number;
  readonly linear: number;
  readonly noise: number;
  /** Coverage of the interval, 0…1. */
  readonly coverage: number;
  readonly folds: number;
}

/** A unit's samples, oldest first: use × signal. */
export type LifeHistory = readonly (readonly number[])[];

/** Remaining uses, capped, with an interval of the coverage that was asked for. */
export interface RemainingLife {
  readonly life: number;
  readonly low: number;
  readonly high: number;
}

interface Scaling {
  readonly columns: readonly number[];
  readonly mean: readonly number[];
  readonly spread: readonly number[];
}

interface Regression {
  readonly windows: readonly number[];
  /** Standard deviation of each feature. */
  readonly spread: readonly number[];
  /** Features in these, learned row by row. */
  readonly rows: readonly (readonly number[])[];
  readonly weights: readonly number[];
  readonly center: number;
}

/** What was learned. JSON-serialisable. */
export interface LifeModel {
  readonly settings: LifeSettings;
  readonly scaling: Scaling;
  readonly regressions: readonly Regression[];
  /** True minus predicted life of units left out, sorted, by third of the predicted range. */
  readonly errors: readonly (readonly number[])[];
}

const bins = 3;
const binOf = (settings: LifeSettings, life: number): number =>
  Math.max(0, Math.min(bins - 1, Math.floor((life / settings.cap) * bins)));

/**
 * Learns remaining life by Gaussian-process regression (Rasmussen & Williams 2006, 2.2 and 4.2.4: sum of kernels) on level and trend of every
 * signal over windows, and its intervals from the errors on units left out, fold by fold (cross-conformal: Vovk 2015),
 * apart for each third of the predicted range.
 */
export function learnLife(settings: LifeSettings, units: readonly LifeHistory[]): LifeModel {
  const scaling = scale(units);
  const scaled = units.map((unit) => scaleUnit(scaling, unit));
  const errors: number[][] = Array.from({ length: bins }, () => []);
  for (let fold = 0; fold < settings.folds; fold++) {
    const learned = fit(
      settings,
      scaled.filter((_, i) => i % settings.folds !== fold),
    );
    scaled.forEach((unit, i) => {
      if (i % settings.folds !== fold) return;
      for (let use = firstUse + (i % settings.every); use < unit.length; use += settings.every) {
        const life = predict(settings, learned, unit, use);
        (errors[binOf(settings, life)] as number[]).push(Math.min(settings.cap, unit.length - 1 - use) - life);
      }
    });
  }
  for (const list of errors) list.sort((a, b) => a - b);
  return { settings, scaling, regressions: fit(settings, scaled), errors };
}

/** Remaining life after the last sample of `history`. */
export function remainingLife(
  { settings, scaling, regressions, errors }: LifeModel,
  history: LifeHistory,
): RemainingLife {
  const life = predict(settings, regressions, scaleUnit(scaling, history), history.length - 1);
  const list = errors[binOf(settings, life)] as readonly number[];
  const tail = (1 - settings.coverage) / 2;
  const within = (value: number): number => Math.max(0, Math.min(settings.cap, value));
  const quantile = (share: number): number => quantileOfSorted(list, share) ?? 0;
  return { life: within(life), low: within(life + quantile(tail)), high: within(life + quantile(1 - tail)) };
}

const firstUse = 5;

function fit(settings: LifeSettings, units: readonly LifeHistory[]): Regression[] {
  return settings.windows.map((windows) => {
    const rows: number[][] = [];
    const lives: number[] = [];
    units.forEach((unit, i) => {
      for (let use = firstUse + (i % settings.every); use < unit.length; use += settings.every) {
        rows.push(features(unit, use, windows));
        lives.push(Math.min(settings.cap, unit.length - 1 - use));
      }
    });
    const n = rows.length;
    const spread = (rows[0] ?? []).map((_, j) => {
      const mean = rows.reduce((sum, row) => sum + (row[j] as number) / n, 0);
      return Math.sqrt(rows.reduce((sum, row) => sum + ((row[j] as number) - mean) ** 2 / n, 0)) || 1;
    });
    for (const row of rows) row.forEach((value, j) => (row[j] = value / (spread[j] as number)));
    const kernel = new Array<number>(n * n).fill(0);
    for (let a = 0; a < n; a++)
      for (let b = 0; b <= a; b++) {
        const value = similarity(settings, rows[a] as number[], rows[b] as number[]);
        kernel[a * n + b] = value + (a === b ? settings.noise : 0);
        kernel[b * n + a] = kernel[a * n + b] as number;
      }
    const center = lives.reduce((sum, life) => sum + life, 0) / n;
    const factor = cholesky(kernel, n);
    const weights = solve(
      factor,
      lives.map((life) => life - center),
    );
    return { windows, spread, rows, weights, center };
  });
}

function predict(settings: LifeSettings, regressions: readonly Regression[], unit: LifeHistory, use: number): number {
  let sum = 0;
  for (const { windows, spread, rows, weights, center } of regressions) {
    const row = features(unit, use, windows).map((value, j) => value / (spread[j] as number));
    sum += center;
    for (let i = 0; i < rows.length; i++)
      sum += (weights[i] as number) * similarity(settings, row, rows[i] as number[]);
  }
  return sum / regressions.length;
}

function similarity({ gamma, linear }: LifeSettings, a: readonly number[], b: readonly number[]): number {
  let square = 0;
  let product = 0;
  for (let j = 0; j < a.length; j++) {
    square += ((a[j] as number) - (b[j] as number)) ** 2;
    product += (a[j] as number) * (b[j] as number);
  }
  return Math.exp((-square * gamma) / a.length) + (linear * product) / a.length;
}

/** Mean, and slope times window length, of every signal over each window that ends at `use` (least squares). */
function features(unit: LifeHistory, use: number, windows: readonly number[]): number[] {
  const width = unit[0]?.length ?? 0;
  const row: number[] = [];
  for (const window of windows) {
    const from = Math.max(0, use - window + 1);
    const n = use - from + 1;
    const middle = (n - 1) / 2;
    let square = 0;
    for (let t = 0; t < n; t++) square += (t - middle) ** 2;
    for (let j = 0; j < width; j++) {
      let mean = 0;
      let slope = 0;
      for (let t = 0; t < n; t++) {
        const value = (unit[from + t] as readonly number[])[j] as number;
        mean += value / n;
        slope += (t - middle) * value;
      }
      row.push(mean, square > 0 ? (slope / square) * window : 0);
    }
  }
  return row;
}

function scale(units: readonly LifeHistory[]): Scaling {
  const rows = units.flat();
  const columns: number[] = [];
  const mean: number[] = [];
  const spread: number[] = [];
  for (let j = 0; j < (rows[0]?.length ?? 0); j++) {
    const values = rows.map((row) => row[j] as number);
    // A signal with a handful of values is a setting, no measurement.
    if (new Set(values).size <= 5) continue;
    const center = values.reduce((sum, value) => sum + value, 0) / values.length;
    columns.push(j);
    mean.push(center);
    spread.push(Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / values.length));
  }
  return { columns, mean, spread };
}

const scaleUnit = ({ columns, mean, spread }: Scaling, unit: LifeHistory): LifeHistory =>
  unit.map((row) => columns.map((j, i) => ((row[j] as number) - (mean[i] as number)) / (spread[i] as number)));
