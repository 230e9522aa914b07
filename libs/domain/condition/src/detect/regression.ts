import { significant } from '../robust/significant';

/**
 * Linear regression that is learned row by row: the lower triangle of XᵀX, Xᵀy and the noise. JSON-serialisable, its
 * size is that of the covariates.
 */
export interface RegressionState {
  /** Rows learned from. */
  n: number;
  /** Lower triangle of XᵀX row by row, the constant first. */
  xx: number[];
  xy: number[];
  /** Variance of the noise: mean squared error of predictions made before the row was learned. */
  noise: number;
}

/** What the regression expects, and how sure it is. */
export interface Expectation {
  readonly value: number;
  /** Standard deviation of an observation around it: noise, and what is not known of the line at this place. */
  readonly deviation: number;
}

/** A slope is taken to be about this many noise deviations for each unit of its covariate, until data say otherwise. */
const priorSlope = 3;

/** A regression on `width` covariates (beside the constant) that has seen nothing. */
export const freshRegression = (width: number): RegressionState => ({
  n: 0,
  xx: new Array<number>(((width + 1) * (width + 2)) / 2).fill(0),
  xy: new Array<number>(width + 1).fill(0),
  noise: 0,
});

/**
 * What is expected at covariates `x`, with the variance of a prediction (Bayesian linear regression, ridge on the
 * slopes: Bishop 2006, 3.3). Far from what was learned the deviation grows, so that an extrapolation is never sure.
 * `floor` is the smallest standard deviation of the noise that is believed. O(width³).
 */
export function expectation(state: RegressionState, x: readonly number[], floor: number): Expectation {
  const p = x.length + 1;
  const lower = new Array<number>(p * p).fill(0);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = state.xx[(i * (i + 1)) / 2 + j] as number;
      if (i === j) sum += i === 0 ? 1e-6 : 1 / priorSlope ** 2;
      for (let k = 0; k < j; k++) sum -= (lower[i * p + k] as number) * (lower[j * p + k] as number);
      lower[i * p + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / (lower[j * p + j] as number);
    }
  }
  // With A = L·Lᵀ: the prediction xᵀA⁻¹b is (L⁻¹x)·(L⁻¹b), its variance factor (L⁻¹x)·(L⁻¹x).
  const u = new Array<number>(p);
  const w = new Array<number>(p);
  let value = 0;
  let leverage = 0;
  for (let i = 0; i < p; i++) {
    let a = i === 0 ? 1 : (x[i - 1] as number);
    let b = state.xy[i] as number;
    for (let k = 0; k < i; k++) {
      a -= (lower[i * p + k] as number) * (u[k] as number);
      b -= (lower[i * p + k] as number) * (w[k] as number);
    }
    a /= lower[i * p + i] as number;
    b /= lower[i * p + i] as number;
    u[i] = a;
    w[i] = b;
    value += a * b;
    leverage += a * a;
  }
  const noise = Math.max(Math.sqrt(state.noise), floor, 1e-9);
  return { value, deviation: noise * Math.sqrt(1 + leverage) };
}

/** Learns one row; `expected` is what was expected of it before. Changes `state`. */
export function learnRow(state: RegressionState, x: readonly number[], y: number, expected: Expectation): void {
  const row = [1, ...x];
  for (let i = 0, at = 0; i < row.length; i++) {
    state.xy[i] = short((state.xy[i] as number) + (row[i] as number) * y);
    for (let j = 0; j <= i; j++, at++)
      state.xx[at] = short((state.xx[at] as number) + (row[i] as number) * (row[j] as number));
  }
  state.n += 1;
  // The first predictions come from almost nothing and say nothing of the noise.
  const judged = state.n - row.length - 2;
  if (judged <= 0) return;
  const error = y - expected.value;
  const noise = Math.sqrt(state.noise);
  const share = noise > 0 ? expected.deviation / noise : 1;
  const square = (error / Math.max(1, Math.min(share, 3))) ** 2;
  // One wild row must not blow up the noise (Huber 1981: errors beyond three deviations are cut there).
  const cut = judged > 8 ? Math.min(square, 9 * state.noise) : square;
  state.noise = short(state.noise + (cut - state.noise) / Math.min(judged, 500));
}

/** Ten significant digits: keeps the snapshot small, far below the noise. */
const short = (value: number): number => significant(value, 10);
