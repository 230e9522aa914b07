import type { Delay, LimitSpec } from '../settings';

/** Step of a limit: 0 ok, 1 watch, 2 plan, 3 act now. */
export type Step = 0 | 1 | 2 | 3;

/** Where a limit stands: its settled step, and a change that is not yet settled. JSON-serialisable. */
export interface LimitState {
  step: Step;
  /** Step that the present run would settle to, its first time and its length; absent without a run. */
  run?: { to: Step; from: number; n: number };
  /** When the settled step last left 0 began, ms; absent at step 0. */
  since?: number;
}

/** A limit that nothing was compared with yet. */
export const freshLimit = (): LimitState => ({ step: 0 });

/** How far the value is from normal in the limit's measure; NaN when it needs a baseline and there is none. */
export function deviation(spec: LimitSpec, value: number, baseline: number | null): number {
  if (spec.measure === 'value') return spec.side === 'both' ? Math.abs(value) : value;
  if (baseline === null) return Number.NaN;
  const raw =
    spec.measure === 'offset'
      ? value - baseline
      : baseline === 0
        ? Number.NaN
        : (value - baseline) / Math.abs(baseline);
  return spec.side === 'above' ? raw : spec.side === 'below' ? -raw : Math.abs(raw);
}

/**
 * Severity of a deviation on the scale 0 normal, 1 watch, 2 plan, 3 act now, at most 4; linear between the steps.
 * For fixed limits on the lower side ("level below 50 %") the steps fall and normal is taken as far above watch as
 * plan is below it.
 */
export function severity(spec: LimitSpec, deviated: number): number {
  if (Number.isNaN(deviated)) return 0;
  const falling = spec.measure === 'value' && spec.side === 'below';
  const before = 2 * spec.watch - spec.plan;
  const start = spec.measure !== 'value' ? 0 : falling ? before : Math.max(0, before);
  const points = [start, spec.watch, spec.plan, spec.actNow];
  const sign = falling ? -1 : 1;
  for (let i = 0; i < 3; i++) {
    const low = points[i] as number;
    const high = points[i + 1] as number;
    if (sign * deviated < sign * high) return Math.max(0, i + (deviated - low) / (high - low));
  }
  const last = spec.actNow - spec.plan;
  return last === 0 ? 3 : Math.min(4, 3 + (deviated - spec.actNow) / (2 * last));
}

/**
 * One more observation of a limit: hysteresis in the measure, then on- and off-delay in observations and time.
 * A run up settles to the lowest step it never left, a run down to the highest. Changes and returns `state`.
 * NaN (no baseline) leaves everything as it is.
 */
export function advanceLimit(spec: LimitSpec, state: LimitState, deviated: number, at: number): LimitState {
  if (Number.isNaN(deviated)) return state;
  const next = stepOf(spec, deviated, state.step);
  if (next === state.step) {
    delete state.run;
    return state;
  }
  const up = next > state.step;
  const same = state.run && state.run.to > state.step === up;
  const run = same && state.run ? state.run : { to: next, from: at, n: 0 };
  run.to = (up ? Math.min(run.to, next) : Math.max(run.to, next)) as Step;
  run.n += 1;
  state.run = run;
  if (!lasted(up ? spec.onAfter : spec.offAfter, run.n, at - run.from)) return state;
  if (state.step === 0) state.since = run.from;
  state.step = run.to;
  if (state.step === 0) delete state.since;
  delete state.run;
  return state;
}

/** The value at which the limit's step begins, in the unit of the value; null when the baseline is missing. */
export function limitValue(spec: LimitSpec, step: Step, value: number, baseline: number | null): number | null {
  const at = step >= 3 ? spec.actNow : step === 2 ? spec.plan : spec.watch;
  if (spec.measure === 'value') return spec.side === 'both' && value < 0 ? -at : at;
  if (baseline === null) return null;
  const up = spec.side === 'above' || (spec.side === 'both' && value >= baseline);
  const distance = spec.measure === 'ratio' ? at * Math.abs(baseline) : at;
  return up ? baseline + distance : baseline - distance;
}

function stepOf(spec: LimitSpec, deviated: number, held: Step): Step {
  const falling = spec.measure === 'value' && spec.side === 'below';
  const sign = falling ? -1 : 1;
  const thresholds = [spec.watch, spec.plan, spec.actNow];
  let step: Step = 0;
  thresholds.forEach((threshold, i) => {
    // To stay in a step that is held, being back by less than the hysteresis is enough.
    const eased = i < held ? threshold - sign * spec.hysteresis : threshold;
    if (sign * deviated >= sign * eased) step = (i + 1) as Step;
  });
  return step;
}

const lasted = (delay: Delay, n: number, ms: number): boolean => n >= (delay.count ?? 1) && ms >= (delay.ms ?? 0);
