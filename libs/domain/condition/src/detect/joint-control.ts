import { cholesky, halfSolve, solve, type Cholesky } from './cholesky';
import { columnsToWatch, type Columns } from './watched-columns';

/** How several signals are watched together. */
export interface JointSettings {
  /** Weight of a new sample in the moving average of each signal, 0…1; 1 = no average. */
  readonly weight: number;
  /** Weight of a new value in the moving average of the statistic, 0…1; 1 = no average. */
  readonly smooth: number;
  /** Added to the diagonal of the covariance, as a share of its mean. */
  readonly ridge: number;
  /** A signal whose level moved by more than this, in its own sample-to-sample noise, while it was learned is left out. */
  readonly drift: number;
  /** Learned rows at the start that are left out of covariance and limit: the averages start from the mean. */
  readonly settle: number;
  /** Quantile of the statistic over the learned rows, 0…1, and the factor on it that gives the limit. */
  readonly quantile: number;
  readonly factor: number;
  /** Share of the limit below which the finding ends, 0…1. */
  readonly release: number;
}

/** What is normal for a group of signals, learned from healthy rows. JSON-serialisable, of bounded size. */
export interface JointModel extends Columns {
  readonly factor: Cholesky;
  /** The statistic above which the group is not normal. */
  readonly limit: number;
}

/** What is remembered between samples. JSON-serialisable. */
export interface JointState {
  readonly average: number[];
  statistic: number;
  n: number;
  out: boolean;
}

const fresh = (size: number): JointState => ({
  average: new Array<number>(size).fill(0),
  statistic: 0,
  n: 0,
  out: false,
});

/**
 * Learns what is normal from rows of samples (row × signal, oldest first), and gives the state after them. The statistic
 * is Hotelling's T² of the exponentially weighted averages (MEWMA: Lowry et al. 1992), with a ridge on the covariance.
 */
export function learnJoint(
  settings: JointSettings,
  rows: readonly (readonly number[])[],
): { readonly model: JointModel; readonly state: JointState } {
  const scaled = columnsToWatch(rows, settings.drift);
  const p = scaled.columns.length;
  const state = fresh(p);
  const averages = rows.map((row) => {
    average(settings, scaled, state, row);
    return [...state.average];
  });
  const used = averages.slice(settings.settle);
  const covariance = new Array<number>(p * p).fill(0);
  for (const row of used)
    for (let a = 0; a < p; a++)
      for (let b = 0; b <= a; b++)
        covariance[a * p + b] =
          (covariance[a * p + b] as number) + ((row[a] as number) * (row[b] as number)) / used.length;
  let trace = 0;
  for (let a = 0; a < p; a++) trace += covariance[a * p + a] as number;
  for (let a = 0; a < p; a++) {
    covariance[a * p + a] = (covariance[a * p + a] as number) + (settings.ridge * trace) / p;
    for (let b = 0; b < a; b++) covariance[b * p + a] = covariance[a * p + b] as number;
  }
  const factor = cholesky(covariance, p);
  const statistics = averages.map((row) => follow(settings, state, distance(factor, row)));
  const sorted = Float64Array.from(statistics.slice(settings.settle)).sort();
  const at = Math.min(sorted.length - 1, Math.floor(settings.quantile * sorted.length));
  const limit = (sorted[at] ?? 0) * settings.factor;
  return { model: { ...scaled, factor, limit }, state };
}

/** Adds a row; returns the statistic and whether the group is out of its normal, with hysteresis. Changes `state`. */
export function addToJoint(
  settings: JointSettings,
  model: JointModel,
  state: JointState,
  row: readonly number[],
): { readonly statistic: number; readonly out: boolean } {
  average(settings, model, state, row);
  const statistic = follow(settings, state, distance(model.factor, state.average));
  state.out = statistic > (state.out ? settings.release * model.limit : model.limit);
  return { statistic, out: state.out };
}

/** Share of each signal in the statistic now, by column of the row; sums to 1 (MacGregor & Kourti 1995). */
export function contributions(model: JointModel, state: JointState): ReadonlyMap<number, number> {
  const weights = solve(model.factor, state.average);
  return sharesBy(
    model.columns,
    weights.map((weight, i) => weight * (state.average[i] as number)),
  );
}

/** Shares of the parts, by column; what is below nothing has none. */
function sharesBy(columns: readonly number[], parts: readonly number[]): ReadonlyMap<number, number> {
  const some = parts.map((part) => Math.max(0, part));
  const sum = total(some) || 1;
  return new Map(columns.map((column, i) => [column, (some[i] as number) / sum]));
}

/** How a joint statistic comes about: how far out along what usually varies together (T²), and off it (Q). */
export interface JointParts {
  /** Share of Q in the statistic, 0…1; the rest is T². */
  readonly off: number;
  /** Shares of the signals in T² and in Q, by column of the row; each sums to 1 where there is any. */
  readonly alongBy: ReadonlyMap<number, number>;
  readonly offBy: ReadonlyMap<number, number>;
}

/**
 * Splits the statistic now into T² and Q, exactly: with the ridge δ as the noise that every direction has (probabilistic
 * principal components: Tipping & Bishop 1999) and y = (C + δI)⁻¹x it is xᵀy = yᵀCy + δ·yᵀy. Directions in which signals
 * vary together by much more than δ go into the first term, those in which they never do into the second.
 */
export function jointParts({ ridge }: JointSettings, model: JointModel, state: JointState): JointParts {
  const { columns, factor } = model;
  const x = state.average;
  const y = solve(factor, x);
  // The trace of what was factored is (1 + ridge) times that of C.
  const trace = factor.lower.reduce((sum, value) => sum + value * value, 0);
  const delta = (ridge / (1 + ridge)) * (trace / Math.max(1, factor.n));
  const off = y.map((value) => delta * value * value);
  const along = y.map((value, i) => value * ((x[i] as number) - delta * value));
  const [offSum, alongSum] = [total(off), total(along)];
  const sum = offSum + alongSum;
  return { off: sum > 0 ? offSum / sum : 0, alongBy: sharesBy(columns, along), offBy: sharesBy(columns, off) };
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function average(
  { weight }: JointSettings,
  { columns, mean, spread }: Columns,
  state: JointState,
  row: readonly number[],
): void {
  for (let i = 0; i < columns.length; i++) {
    const value = row[columns[i] as number] as number;
    const z = (value - (mean[i] as number)) / (spread[i] as number);
    const before = state.average[i] as number;
    // A sample that is missing leaves the average as it is.
    if (Number.isFinite(z)) state.average[i] = before + weight * (z - before);
  }
}

function follow({ smooth }: JointSettings, state: JointState, value: number): number {
  state.statistic = state.n === 0 ? value : state.statistic + smooth * (value - state.statistic);
  state.n += 1;
  return state.statistic;
}

const distance = (factor: Cholesky, row: readonly number[]): number =>
  halfSolve(factor, row).reduce((sum, value) => sum + value * value, 0);
