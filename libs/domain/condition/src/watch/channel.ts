import { addToDrift, freshDrift, suspicious, type DriftState } from '../detect/drift-chart';
import { expectation, freshRegression, learnRow, type RegressionState } from '../detect/regression';
import { addToTail, freshTail, tailLimit, type TailState } from '../detect/tail-limit';
import type { WatchedFeature, WatchSettings } from './watch-settings';
import { significant } from '../robust/significant';

/** What is remembered of one watched feature. JSON-serialisable, of fixed size. */
export interface ChannelState {
  line: RegressionState;
  drift: DriftState;
  tail: TailState;
  /** Moving averages of value and expected value since it is judged. */
  value: number;
  expected: number;
  /** Standard deviation of an observation, as last expected. */
  deviation: number;
  /** Rows judged, level of the last rows in standard deviations, and since when it is out, ms. */
  judged: number;
  level: number;
  since?: number;
}

/** A feature that was never seen. */
export const freshChannel = (feature: WatchedFeature): ChannelState => ({
  line: freshRegression(feature.on.length),
  drift: freshDrift(),
  tail: freshTail(),
  value: 0,
  expected: 0,
  deviation: 0,
  judged: 0,
  level: 0,
});

/** Smallest lasting change that matters, in the feature's unit. */
export const leastChange = ({ least }: WatchedFeature, usual: number): number =>
  'unit' in least ? least.unit : least.share * Math.abs(usual);

/**
 * Adds one observation with what it depends on; returns its residual in standard deviations, NaN while it is learned.
 * What is expected is learned from the first rows and refined as long as nothing is suspicious, then held: slow wear
 * cannot creep into it. Changes `state`.
 */
export function addToChannel(
  settings: WatchSettings,
  feature: WatchedFeature,
  state: ChannelState,
  at: number,
  x: readonly number[],
  value: number,
): number {
  const { line } = state;
  const usual = line.n > 0 ? (line.xy[0] as number) / line.n : value;
  const expected = expectation(line, x, leastChange(feature, usual) / 10);
  const error = value - expected.value;
  if (line.n < settings.learn) {
    if (line.n < 12 || Math.abs(error) <= 6 * expected.deviation) learnRow(line, x, value, expected);
    return Number.NaN;
  }
  const z = error / expected.deviation;
  addToDrift(settings.drift, state.drift, z);
  const calm = !suspicious(settings.drift, state.drift);
  state.level = short(addToTail(settings.sudden, state.tail, z, calm));
  if (calm && !state.tail.out && line.n < settings.hold && Math.abs(z) < settings.drift.cut)
    learnRow(line, x, value, expected);
  const { weight } = settings.drift;
  const step = Math.max(weight, 1 / ++state.judged);
  state.value = short(state.value + step * (value - state.value));
  state.expected = short(state.expected + step * (expected.value - state.expected));
  state.deviation = short(expected.deviation);
  if (!isOut(state)) delete state.since;
  else state.since ??= at;
  return z;
}

/** Seven significant digits: keeps the snapshot small. */
const short = (value: number): number => significant(value, 7);

/** It drifted or changed suddenly. */
export const isOut = (state: ChannelState): boolean => state.drift.out || state.tail.out;

/**
 * How far it is out, in smallest changes that matter: 1 and more matters. After a sudden change the last rows count, for
 * a drift the moving average. 0 when it is not out.
 */
export function importance(settings: WatchSettings, feature: WatchedFeature, state: ChannelState): number {
  if (!isOut(state)) return 0;
  const least = leastChange(feature, state.expected);
  const moved = Math.abs(state.value - state.expected);
  const jumped = state.tail.out ? (Math.abs(state.level) / Math.sqrt(settings.sudden.level)) * state.deviation : 0;
  return least > 0 ? Math.max(moved, jumped) / least : 0;
}

/** The value beyond which the present level would be a sudden change, on the side where it is. */
export const changeLimit = (settings: WatchSettings, state: ChannelState): number =>
  state.expected +
  Math.sign(state.value - state.expected) *
    (tailLimit(settings.sudden, state.tail) / Math.sqrt(settings.sudden.level)) *
    state.deviation;
