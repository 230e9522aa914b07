import type { WindowSpec } from '../settings';

/** A window being filled, and the last window means where a slope or peak is taken. JSON-serialisable, bounded by `over`. */
export interface WindowState {
  index: number;
  n: number;
  sum: number;
  lowest?: number;
  /** Window middles (ms) and means. */
  means?: [number, number][];
}

/** A feature value that a window gave. */
export interface WindowValue {
  readonly feature: string;
  readonly at: number;
  readonly value: number;
}

/**
 * Adds one sample. When it opens a later window, the one before is closed and gives its mean (and slope). Samples of
 * windows that are closed already are late and not used. O(1), but O(over) when a slope closes. Changes `state`.
 */
export function addToWindow(spec: WindowSpec, state: WindowState, at: number, value: number, out: WindowValue[]): void {
  const index = Math.floor(at / spec.length);
  if (index < state.index) return;
  if (index > state.index) {
    close(spec, state, out);
    state.index = index;
    state.n = 0;
    state.sum = 0;
    delete state.lowest;
  }
  state.n += 1;
  state.sum += value;
  if (spec.of === 'lowest') state.lowest = Math.min(state.lowest ?? value, value);
}

/** A window that was never filled. */
export const freshWindow = (): WindowState => ({ index: -1, n: 0, sum: 0 });

function close(spec: WindowSpec, state: WindowState, out: WindowValue[]): void {
  if (state.n < spec.minSamples || state.index < 0) return;
  const at = (state.index + 1) * spec.length;
  const mean = state.lowest ?? state.sum / state.n;
  const over = spec.slope?.over ?? spec.peak?.over ?? 0;
  const means = (state.means ??= []);
  means.push([at - spec.length / 2, Number(mean.toPrecision(7))]);
  while (means.length > over) means.shift();
  if (!spec.peak) out.push({ feature: spec.feature, at, value: mean });
  else if (means.length >= spec.peak.atLeast)
    out.push({ feature: spec.feature, at, value: Math.max(...means.map(([, value]) => value)) });
  if (!spec.slope || means.length < spec.slope.atLeast) return;
  const value = slopePerDay(means);
  if (value !== undefined) out.push({ feature: spec.slope.feature, at, value });
}

/** Least-squares slope per day of (ms, value) points; undefined when all times are equal. */
function slopePerDay(points: readonly (readonly [number, number])[]): number | undefined {
  const t0 = points[0]?.[0] ?? 0;
  let sx = 0;
  let sy = 0;
  let sxx = 0;
  let sxy = 0;
  for (const [at, y] of points) {
    const x = (at - t0) / 86_400_000;
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
  }
  const n = points.length;
  const spread = n * sxx - sx * sx;
  return spread <= 0 ? undefined : (n * sxy - sx * sy) / spread;
}
