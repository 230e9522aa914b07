import { cholesky, halfSolve, type Cholesky } from './cholesky';
import { columnsToWatch, type Columns } from './watched-columns';

/** How changes of a group of signals are looked for, whatever their level was before. */
export interface ChangeSettings {
  /** Weights of a new row in the fast and in the slow moving average of each signal, 0…1. */
  readonly fast: number;
  readonly slow: number;
  /** Added to the diagonal of the covariance, as a share of its mean. */
  readonly ridge: number;
  /** A signal whose level moved by more than this, in its own sample-to-sample noise, while it was learned is left out. */
  readonly drift: number;
  /** Share of the learned rows, 0…1, at the start that nothing is learned from, and of the rest that the averages need to settle. */
  readonly skip: number;
  readonly settle: number;
  /** Quantile of the statistic over the learned rows, 0…1, and the factor on it that is a change. */
  readonly quantile: number;
  readonly factor: number;
  /** Rows after a change in which no other is found. */
  readonly rest: number;
}

/** What differences of the averages are usual. JSON-serialisable. */
export interface ChangeModel extends Columns {
  readonly factor: Cholesky;
  readonly limit: number;
}

/** What is remembered between rows. JSON-serialisable, of fixed size. */
export interface ChangeState {
  readonly fast: number[];
  readonly slow: number[];
  /** Rows since the last change. */
  since: number;
}

/**
 * Learns from rows of samples (row × signal, oldest first) how far a fast and a slow average of the signals usually are
 * apart. Later a distance (Hotelling's T² of the differences) beyond the limit is a change, and what it changed to is
 * the new level: two moving averages as in Page's (1954) and Roberts' (1959) charts, for many signals at once (Lowry et
 * al. 1992), started anew after each signal.
 */
export function learnChanges(
  settings: ChangeSettings,
  rows: readonly (readonly number[])[],
): { readonly model: ChangeModel; readonly state: ChangeState } {
  const own = rows.slice(Math.floor(settings.skip * rows.length));
  const columns = columnsToWatch(own, settings.drift);
  const p = columns.columns.length;
  const state: ChangeState = { fast: new Array<number>(p).fill(0), slow: new Array<number>(p).fill(0), since: 0 };
  const differences = own.map((row) => {
    follow(settings, columns, state, row);
    return difference(state);
  });
  const used = differences.slice(Math.floor(settings.settle * own.length));
  const covariance = new Array<number>(p * p).fill(0);
  for (const row of used)
    for (let a = 0; a < p; a++)
      for (let b = 0; b < p; b++)
        covariance[a * p + b] =
          (covariance[a * p + b] as number) + ((row[a] as number) * (row[b] as number)) / used.length;
  let trace = 0;
  for (let a = 0; a < p; a++) trace += covariance[a * p + a] as number;
  for (let a = 0; a < p; a++) covariance[a * p + a] = (covariance[a * p + a] as number) + (settings.ridge * trace) / p;
  const factor = cholesky(covariance, p);
  const sorted = Float64Array.from(used, (row) => length(factor, row)).sort();
  const at = Math.min(sorted.length - 1, Math.floor(settings.quantile * sorted.length));
  state.since = settings.rest;
  return { model: { ...columns, factor, limit: (sorted[at] ?? 0) * settings.factor }, state };
}

/** Adds a row; true when the group changed just now. O(signals²). Changes `state`. */
export function addToChanges(
  settings: ChangeSettings,
  model: ChangeModel,
  state: ChangeState,
  row: readonly number[],
): boolean {
  follow(settings, model, state, row);
  state.since += 1;
  if (state.since <= settings.rest || !(length(model.factor, difference(state)) > model.limit)) return false;
  state.since = 0;
  for (let i = 0; i < state.slow.length; i++) state.slow[i] = state.fast[i] as number;
  return true;
}

function follow({ fast, slow }: ChangeSettings, columns: Columns, state: ChangeState, row: readonly number[]): void {
  columns.columns.forEach((column, i) => {
    const z = ((row[column] as number) - (columns.mean[i] as number)) / (columns.spread[i] as number);
    // A sample that is missing leaves the averages as they are.
    if (!Number.isFinite(z)) return;
    state.fast[i] = (state.fast[i] as number) + fast * (z - (state.fast[i] as number));
    state.slow[i] = (state.slow[i] as number) + slow * (z - (state.slow[i] as number));
  });
}

const difference = ({ fast, slow }: ChangeState): number[] => fast.map((value, i) => value - (slow[i] as number));

const length = (factor: Cholesky, row: readonly number[]): number =>
  halfSolve(factor, row).reduce((sum, value) => sum + value * value, 0);
