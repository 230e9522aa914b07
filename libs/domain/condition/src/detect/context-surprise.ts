/** How one signal of unknown nature is watched. */
export interface SurpriseSettings {
  /** Samples from which the range of the signal is learned; no finding before. */
  readonly learn: number;
  /** Into how many levels the learned range is cut; one model for each number. */
  readonly levels: readonly number[];
  /** Samples over which the surprise is averaged (EWMA span). */
  readonly smooth: number;
  /** Samples over which the usual surprise is followed. */
  readonly memory: number;
  /** Surprise above its usual level, in its own standard deviations, that is a finding. */
  readonly alarm: number;
  /** Samples after a finding in which no other is made. */
  readonly rest: number;
}

/** Levels outside the learned range on each side; farther away is the last of them. */
const outside = 5;

/** One model: how often each level came after each pair of levels. Arrays are flat; JSON-serialisable, fixed size. */
interface LevelModel {
  readonly size: number;
  readonly counts: readonly [number[], number[], number[]];
  readonly totals: readonly [number[], number[], number[]];
  readonly kinds: readonly [number[], number[], number[]];
  last: number;
  beforeLast: number;
  average: number;
  mean: number;
  variance: number;
}

/** What is remembered of one signal. JSON-serialisable; fixed size after learning. */
export interface SurpriseState {
  learning: number[];
  low: number;
  width: number;
  models: LevelModel[];
  n: number;
  lastFinding: number;
}

/** A signal that was never seen. */
export const freshSurprise = (): SurpriseState => ({
  learning: [],
  low: 0,
  width: 0,
  models: [],
  n: 0,
  lastFinding: -1,
});

/**
 * Adds a sample and returns how surprising the last few were: their mean information content (bits) above what is usual
 * for this signal, in its standard deviations; 0 while learning and while resting after a finding. A finding is a value
 * of `alarm` or more. Changes `state`; constant time and memory.
 *
 * The probability of a level after the two before it is a blend of all orders by Witten & Bell (1991, method C); the
 * signal is cut into levels of its learned range at several grains, whose surprises are averaged.
 */
export function addToSurprise(settings: SurpriseSettings, state: SurpriseState, value: number): number {
  if (!Number.isFinite(value)) return 0;
  if (state.models.length === 0) {
    state.learning.push(value);
    if (state.learning.length < settings.learn) return 0;
    const { learning } = state;
    const low = learning.reduce((a, b) => Math.min(a, b), Infinity);
    const high = learning.reduce((a, b) => Math.max(a, b), -Infinity);
    state.low = low;
    state.width = high > low ? high - low : 1e-9 + Math.abs(low) * 0.01;
    state.models = settings.levels.map(freshModel);
    state.learning = [];
    for (const learned of learning) step(settings, state, learned);
    return 0;
  }
  const score = step(settings, state, value);
  if (state.lastFinding >= 0 && state.n - state.lastFinding < settings.rest) return 0;
  if (score >= settings.alarm) state.lastFinding = state.n;
  return score;
}

function step(settings: SurpriseSettings, state: SurpriseState, value: number): number {
  state.n += 1;
  const forget = Math.max(1 / state.n, 1 / settings.memory);
  let sum = 0;
  state.models.forEach((model, i) => {
    const levels = settings.levels[i] as number;
    const raw = Math.floor(((value - state.low) / state.width) * levels);
    const level = Math.max(1 - outside, Math.min(levels + outside - 2, raw)) + outside;
    model.average += (surprise(model, level) - model.average) / settings.smooth;
    const distance = model.average - model.mean;
    sum += distance / Math.sqrt(model.variance + 0.05);
    model.mean += forget * distance;
    model.variance += forget * ((model.average - model.mean) ** 2 - model.variance);
  });
  return sum / state.models.length;
}

function freshModel(levels: number): LevelModel {
  const size = levels + 2 * outside + 2;
  const zeros = (n: number): number[] => new Array<number>(n).fill(0);
  return {
    size,
    counts: [zeros(size), zeros(size ** 2), zeros(size ** 3)],
    totals: [zeros(1), zeros(size), zeros(size ** 2)],
    kinds: [zeros(1), zeros(size), zeros(size ** 2)],
    last: -1,
    beforeLast: -1,
    average: 0,
    mean: 0,
    variance: 1,
  };
}

/** Information content of `level` in its context, bits; then counts it. */
function surprise(model: LevelModel, level: number): number {
  const { size, last, beforeLast } = model;
  const contexts = [0, last, last < 0 || beforeLast < 0 ? -1 : last * size + beforeLast];
  let p = 1 / size;
  for (let order = 0; order < 3; order++) {
    const context = contexts[order] as number;
    if (context < 0) break;
    const counts = model.counts[order] as number[];
    const totals = model.totals[order] as number[];
    const kinds = model.kinds[order] as number[];
    const at = context * size + level;
    const [count, total, seen] = [counts[at] as number, totals[context] as number, kinds[context] as number];
    if (total > 0) p = (count + seen * p) / (total + seen);
    if (count === 0) kinds[context] = seen + 1;
    counts[at] = count + 1;
    totals[context] = total + 1;
  }
  model.beforeLast = last;
  model.last = level;
  return -Math.log2(p);
}
