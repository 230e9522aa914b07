import { freshBaseline, learn, matched, type BaselineState } from '../baselines/baseline';
import { advanceLimit, deviation, freshLimit, limitValue, severity, type LimitState, type Step } from '../limits/limit';
import { median, medianDeviation } from '../robust/median';
import type { TrackSpec } from '../settings';
import { addToTrend, freshTrend, type TrendSettings, type TrendState } from './trend';
import { significant } from '../robust/significant';

/** What is remembered of one feature of one asset. JSON-serialisable, bounded by `recent` and `learn`. */
export interface TrackState {
  /** Observations taken. */
  n: number;
  /** Last `recent` observations matched to the learned context, oldest first, and their times. */
  values: number[];
  times: number[];
  baseline?: BaselineState;
  limits: LimitState[];
  /** Observations refused by the quality gate. */
  refused: number;
  /** Its course since it began to leave normal; absent while it is in order. */
  trend?: TrendState;
}

/** How an indicator looks now, for rules, evidence and health. */
export interface Indicator {
  readonly id: string;
  readonly unit: string;
  readonly words: string;
  /** Settled step. */
  readonly step: Step;
  /** Severity 0..4 of the value now, without hysteresis and delay; see `severity`. */
  readonly severity: number;
  readonly value: number | null;
  readonly baseline: number | null;
  readonly limit: number | null;
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** When it left normal; null at step 0. */
  readonly since: number | null;
  /** False while the baseline is being learned or there are too few observations. */
  readonly judged: boolean;
}

/** A track without observations. */
export const freshTrack = (spec: TrackSpec): TrackState => ({
  n: 0,
  values: [],
  times: [],
  limits: spec.limits.map(freshLimit),
  refused: 0,
});

/**
 * Takes one observation: quality gate (missing, not finite, implausible → refused), baseline, statistic, limits.
 * O(recent). Changes and returns `state`. `clean` false: it is judged but never learned (service mode). `course`: how the
 * course of an indicator that gets worse is kept, and the lifts of the spreader so far.
 */
export function observe(
  spec: TrackSpec,
  state: TrackState,
  at: number,
  value: number,
  context: number | null,
  clean = true,
  course?: { readonly settings: TrendSettings; readonly lifts: number },
): TrackState {
  if (!Number.isFinite(value) || value < spec.plausible[0] || value > spec.plausible[1]) {
    state.refused += 1;
    return state;
  }
  state.n += 1;
  if (spec.baseline) {
    state.baseline ??= freshBaseline();
    if (!state.baseline.learnt) {
      if (clean && !beyondFixed(spec, value)) learn(spec.baseline, state.baseline, value, context);
    }
  }
  const shown = state.baseline ? matched(state.baseline, value, context) : value;
  if (shown === null) return state;
  // Nobody knows what it did while nothing was observed.
  if (state.trend && at - (state.times.at(-1) ?? at) > spec.freshFor) delete state.trend;
  state.values.push(round(shown));
  state.times.push(at);
  while (state.values.length > spec.recent) {
    state.values.shift();
    state.times.shift();
  }
  const { value: now, judged } = statisticOf(spec, state);
  if (judged && now !== null) {
    const center = state.baseline?.learnt?.center ?? null;
    let worst = 0;
    spec.limits.forEach((limit, i) => {
      const deviated = deviation(limit, now, center);
      worst = Math.max(worst, severity(limit, deviated));
      advanceLimit(limit, state.limits[i] as LimitState, deviated, at);
    });
    if (course) follow(course, spec, state, at, now, worst);
  }
  return state;
}

/** Keeps the course of an indicator that gets worse. */
function follow(
  { settings, lifts }: { readonly settings: TrendSettings; readonly lifts: number },
  spec: TrackSpec,
  state: TrackState,
  at: number,
  value: number,
  worst: number,
): void {
  const { trend } = state;
  if (!trend) {
    if (worst >= settings.from) state.trend = freshTrend(state.n, spec.recent, state.refused);
  } else if (worst < settings.from / 2 && state.limits.every(({ step }) => step === 0)) delete state.trend;
  else if (state.n >= trend.next && at > (trend.points.at(-1)?.[2] ?? 0))
    addToTrend(settings, trend, [state.n, lifts, at, value]);
}

/** The indicator that a track gives. */
export function indicatorOf(spec: TrackSpec, id: string, state: TrackState): Indicator {
  const { value, judged } = statisticOf(spec, state);
  const baseline = state.baseline?.learnt?.center ?? null;
  let worst = 0;
  let worstSeverity = -1;
  let step: Step = 0;
  let since: number | null = null;
  spec.limits.forEach((limit, i) => {
    const held = state.limits[i] as LimitState;
    const now = value === null || !judged ? 0 : severity(limit, deviation(limit, value, baseline));
    if (held.step > step || (held.step === step && now > worstSeverity)) worst = i;
    worstSeverity = Math.max(worstSeverity, now);
    if (held.step > step) step = held.step;
    if (held.since !== undefined) since = since === null ? held.since : Math.min(since, held.since);
  });
  const spoken = spec.limits[worst];
  return {
    id,
    unit: spec.unit,
    words: spec.words,
    step,
    severity: Math.max(0, worstSeverity),
    value,
    baseline,
    limit: spoken && value !== null ? limitValue(spoken, Math.max(1, step) as Step, value, baseline) : null,
    from: state.times[0] ?? 0,
    to: state.times.at(-1) ?? 0,
    count: spec.statistic === 'count' ? Math.min(state.n, spec.recent) : state.values.length,
    since,
    judged,
  };
}

function statisticOf(spec: TrackSpec, state: TrackState): { value: number | null; judged: boolean } {
  if (state.values.length === 0) return { value: null, judged: false };
  if (spec.statistic === 'count') {
    return {
      value: state.values.filter((value) => value !== 0).length,
      judged: state.values.length >= Math.min(10, spec.recent),
    };
  }
  if (spec.statistic === 'spread')
    return {
      value: round(medianDeviation(state.values, median(state.values))),
      judged: state.values.length >= Math.min(10, spec.recent),
    };
  const enough = state.values.length >= Math.min(spec.recent, 5);
  const learned =
    !spec.baseline || state.baseline?.learnt !== undefined || spec.limits.some((limit) => limit.measure === 'value');
  return { value: median(state.values), judged: enough && learned };
}

/** Beyond a fixed limit: must not be learned as normal. */
const beyondFixed = (spec: TrackSpec, value: number): boolean =>
  spec.limits.some((limit) => limit.measure === 'value' && severity(limit, deviation(limit, value, null)) >= 1);

/** Six significant digits: keeps the snapshot small. */
const round = (value: number): number => significant(value, 6);
