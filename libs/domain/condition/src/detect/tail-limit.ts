import { significant } from '../robust/significant';

/** How a sudden change is told from the tail of the normal. */
export interface TailSettings {
  /** Rows over which the level is taken. */
  readonly level: number;
  /** Levels beyond this (standard deviations) belong to the tail. */
  readonly from: number;
  /** Probability for each row that normal data pass the limit. */
  readonly probability: number;
}

/** Recent residuals and moments of the levels' tail. JSON-serialisable, of fixed size. */
export interface TailState {
  /** Last residuals, oldest first. */
  last: number[];
  /** Rows, and of those in the tail: number, sum and sum of squares of what is beyond `from`. */
  n: number;
  peaks: number;
  sum: number;
  squares: number;
  out: boolean;
}

/** Nothing seen yet. */
export const freshTail = (): TailState => ({ last: [], n: 0, peaks: 0, sum: 0, squares: 0, out: false });

/** Seven significant digits: keeps the snapshot small. */
const short = (value: number): number => significant(value, 7);

/** What is believed of the tail before data: so many rows, of which this share is in it, exponential with this mean. */
const prior = { rows: 200, share: 0.06, mean: 0.45 };

/**
 * The level that normal rows pass with the probability asked for: peaks over a threshold follow a generalised Pareto
 * distribution (Pickands 1975); its shape and scale by moments (Hosking & Wallis 1987) of the peaks seen and of the
 * prior's; shape kept within 0 … 0.25: a tail is never taken to end.
 */
export function tailLimit({ from, probability }: TailSettings, state: TailState): number {
  const before = prior.rows * prior.share;
  const peaks = state.peaks + before;
  const mean = (state.sum + before * prior.mean) / peaks;
  const variance = (state.squares + before * 2 * prior.mean ** 2) / peaks - mean ** 2;
  const ratio = variance > 0 ? mean ** 2 / variance : 1;
  const shape = Math.max(0, Math.min(0.25, 0.5 * (1 - ratio)));
  const scale = mean * (1 - shape);
  const rate = peaks / (state.n + prior.rows);
  const times = probability / rate;
  return from + (Math.abs(shape) < 1e-6 ? -scale * Math.log(times) : (scale * (times ** -shape - 1)) / shape);
}

/**
 * Adds a standardised residual; `learn` false leaves the tail as it is. Out when the level over the last rows is beyond
 * the limit, until it is back within half of it. Returns the level in standard deviations. O(1). Changes `state`.
 */
export function addToTail(settings: TailSettings, state: TailState, residual: number, learn: boolean): number {
  state.last.push(short(residual));
  if (state.last.length > settings.level) state.last.shift();
  const count = state.last.length;
  const level = state.last.reduce((sum, value) => sum + value, 0) / Math.sqrt(count);
  const limit = tailLimit(settings, state);
  state.out = count === settings.level && Math.abs(level) > (state.out ? limit / 2 : limit);
  if (state.out || !learn || count < settings.level) return level;
  state.n += 1;
  // The first row of a jump is not out yet: what is far beyond the tail's mean must not make its own limit.
  const mean = (state.sum + prior.rows * prior.share * prior.mean) / (state.peaks + prior.rows * prior.share);
  const beyond = Math.min(Math.abs(level) - settings.from, 3 * mean);
  if (beyond > 0) {
    state.peaks += 1;
    state.sum = short(state.sum + beyond);
    state.squares = short(state.squares + beyond ** 2);
  }
  return level;
}
