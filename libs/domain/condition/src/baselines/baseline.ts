import { median, medianDeviation } from '../robust/median';
import { theilSenSlope } from '../robust/theil-sen';
import type { BaselineSpec } from '../settings';

/** What is normal for this feature of this asset. JSON-serialisable; bounded by `spec.learn`. */
export interface BaselineState {
  /** Observations while learning: values, and their context (null = not known). Dropped when learned. */
  learning?: { values: number[]; contexts: (number | null)[] };
  /** Learned: median, robust standard deviation, and slope with the context around `at`, within `range` (null: learned without). */
  learnt?: { center: number; spread: number; slope: number; at: number; range: [number, number] | null };
}

/** A baseline that knows nothing yet. */
export const freshBaseline = (): BaselineState => ({});

/** Contexts must span this much before a slope is trusted (K). */
const minRange = 6;

/** How far outside the learned contexts the slope is still used (K). */
const reach = 4;

/**
 * Offers one clean observation. The baseline is learned once, from the first `spec.learn` clean ones, and then held:
 * slow wear cannot creep into it. While learning, an observation more than 6 spreads from the median of what is
 * there is not taken (frozen while suspicious). Median and MAD; slope by Theil-Sen. Changes and returns `state`.
 */
export function learn(spec: BaselineSpec, state: BaselineState, value: number, context: number | null): BaselineState {
  if (state.learnt) return state;
  const learning = state.learning ?? { values: [], contexts: [] };
  state.learning = learning;
  if (learning.values.length >= 8) {
    const center = median(learning.values);
    const spread = Math.max(medianDeviation(learning.values, center), 0.05 * Math.abs(center), 1e-9);
    if (Math.abs(value - center) > 6 * spread) return state;
  }
  learning.values.push(value);
  learning.contexts.push(context);
  if (learning.values.length < spec.learn) return state;
  state.learnt = settle(spec, learning.values, learning.contexts);
  delete state.learning;
  return state;
}

/**
 * The value as it would be at the learned context; equal to the value when nothing is known about the context. Null when
 * it was much colder than anything learned: cold oil makes everything slow, which is no fault. Hotter than learned is
 * held at the end of the range, which can only hide a little.
 */
export function matched(state: BaselineState, value: number, context: number | null): number | null {
  const { learnt } = state;
  if (!learnt || context === null || learnt.range === null) return value;
  if (context < learnt.range[0] - reach) return null;
  return value - learnt.slope * (Math.min(learnt.range[1] + reach, context) - learnt.at);
}

function settle(
  spec: BaselineSpec,
  values: readonly number[],
  contexts: readonly (number | null)[],
): BaselineState['learnt'] {
  const pairs = values.flatMap((y, i) => (contexts[i] == null ? [] : [{ x: contexts[i], y }]));
  const xs = pairs.map(({ x }) => x);
  const at = xs.length ? median(xs) : 0;
  const range: [number, number] | null = xs.length ? [Math.min(...xs), Math.max(...xs)] : null;
  const trusted =
    spec.context !== undefined && range !== null && xs.length >= spec.learn / 2 && range[1] - range[0] >= minRange;
  const slope = trusted
    ? theilSenSlope(
        xs,
        pairs.map(({ y }) => y),
      )
    : 0;
  const flat = values.map((y, i) => (contexts[i] == null ? y : y - slope * (contexts[i] - at)));
  const center = median(flat);
  return { center, spread: medianDeviation(flat, center), slope, at, range };
}
