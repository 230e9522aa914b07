/** How one signal of unknown nature is watched. */
export interface SurpriseSettings {
  /** Samples from which the range of the signal is learned; no finding before. */
  readonly learn: number;
  /** Into how many levels of equal width the learned range is cut; one model for each number. */
  readonly levels: readonly number[];
  /** Into how many levels with equally many of the learned values it is cut besides; one model for each number. */
  readonly ranks: readonly number[];
  /** Samples over which the surprise is averaged (EWMA span). */
  readonly smooth: number;
  /** Samples over which the usual surprise is followed. */
  readonly memory: number;
  /** Surprise above its usual level, in its own standard deviations, that is a finding. */
  readonly alarm: number;
  /** By what share of `alarm` each finding raises it, and samples after which that is forgotten (time constant). */
  readonly habit: number;
  readonly forget: number;
  /** Samples after a finding in which no other is made. */
  readonly rest: number;
}

/** Levels outside the learned range on each side; farther away is the last of them. */
const outside = 5;

/** Numbers by place; what is not there is 0. Most pairs and triples of levels never come. */
type Sparse = Record<number, number>;

/** One model: how often each level came after each pair of levels. JSON-serialisable; bounded by the number of levels. */
interface LevelModel {
  readonly size: number;
  readonly levels: number;
  /** Where levels begin, from the second; undefined where they are of equal width. */
  readonly cuts?: readonly number[];
  readonly counts: readonly [Sparse, Sparse, Sparse];
  readonly totals: readonly [Sparse, Sparse, Sparse];
  readonly kinds: readonly [Sparse, Sparse, Sparse];
  last: number;
  beforeLast: number;
  average: number;
  mean: number;
  variance: number;
}

/** What is remembered of one signal. JSON-serialisable; bounded by the numbers of levels. */
export interface SurpriseState {
  learning: number[];
  low: number;
  width: number;
  models: LevelModel[];
  n: number;
  lastFinding: number;
  /** Findings, each fading with time. */
  findings: number;
}

/** A signal that was never seen. */
export const freshSurprise = (): SurpriseState => ({
  learning: [],
  low: 0,
  width: 0,
  models: [],
  n: 0,
  lastFinding: -1,
  findings: 0,
});

/**
 * Adds a sample and returns how surprising the last few were: their mean information content (bits) above what is usual
 * for this signal, in its standard deviations; 0 while learning and while resting after a finding. A finding is a value
 * of `alarm` or more. A signal that surprises often must surprise more: findings divide what comes after them until they
 * are forgotten (habituation: Thompson & Spencer 1966). Changes `state`; constant time and memory.
 *
 * The probability of a level after the two before it is a blend of all orders by Witten & Bell (1991, method C); the
 * signal is cut into levels of its learned range at several grains, by width and by rank, whose surprises are averaged.
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
    const sorted = Float64Array.from(learning).sort();
    state.models = [
      ...settings.levels.map((levels) => freshModel(levels)),
      ...settings.ranks.map((levels) =>
        freshModel(
          levels,
          Array.from(
            { length: levels - 1 },
            (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / levels)] as number,
          ),
        ),
      ),
    ];
    state.learning = [];
    for (const learned of learning) step(settings, state, learned);
    return 0;
  }
  state.findings *= Math.exp(-1 / settings.forget);
  const score = step(settings, state, value) / (1 + settings.habit * state.findings);
  if (state.lastFinding >= 0 && state.n - state.lastFinding < settings.rest) return 0;
  if (score >= settings.alarm) {
    state.lastFinding = state.n;
    state.findings += 1;
  }
  return score;
}

function step(settings: SurpriseSettings, state: SurpriseState, value: number): number {
  state.n += 1;
  const forget = Math.max(1 / state.n, 1 / settings.memory);
  let sum = 0;
  for (const model of state.models) {
    const level = levelOf(state, model, value);
    model.average += (surprise(model, level) - model.average) / settings.smooth;
    const distance = model.average - model.mean;
    sum += distance / Math.sqrt(model.variance + 0.05);
    model.mean += forget * distance;
    model.variance += forget * ((model.average - model.mean) ** 2 - model.variance);
  }
  return sum / state.models.length;
}

/** The level of a value in a model, from 1; outside of the learned range levels are of equal width. */
function levelOf({ low, width }: SurpriseState, { levels, cuts }: LevelModel, value: number): number {
  let raw = Math.floor(((value - low) / width) * levels);
  if (cuts) {
    const beyond = ((value - low) / width - 1) * levels;
    if (beyond > 0) raw = levels - 1 + Math.ceil(beyond);
    else if (raw >= 0) {
      raw = 0;
      while (raw < cuts.length && value >= (cuts[raw] as number)) raw += 1;
    }
  }
  return Math.max(1 - outside, Math.min(levels + outside - 2, raw)) + outside;
}

function freshModel(levels: number, cuts?: readonly number[]): LevelModel {
  const size = levels + 2 * outside + 2;
  return {
    size,
    levels,
    ...(cuts ? { cuts } : {}),
    counts: [{}, {}, {}],
    totals: [{}, {}, {}],
    kinds: [{}, {}, {}],
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
    const counts = model.counts[order] as Sparse;
    const totals = model.totals[order] as Sparse;
    const kinds = model.kinds[order] as Sparse;
    const at = context * size + level;
    const [count, total, seen] = [counts[at] ?? 0, totals[context] ?? 0, kinds[context] ?? 0];
    if (total > 0) p = (count + seen * p) / (total + seen);
    if (count === 0) kinds[context] = seen + 1;
    counts[at] = count + 1;
    totals[context] = total + 1;
  }
  model.beforeLast = last;
  model.last = level;
  return -Math.log2(p);
}
