import { significant } from '../robust/significant';

/** How a slow drift is looked for; in standard deviations of the residual. */
export interface DriftSettings {
  /** Weight of a new residual in the moving average, 0…1. */
  readonly weight: number;
  /** Allowance of the cumulative sum for each residual, and the sum that is a drift. */
  readonly allowance: number;
  readonly decision: number;
  /** Residuals are cut here, so that one wild value is no drift. */
  readonly cut: number;
  /** Share of the decision from which it is suspicious: nothing is learned then. */
  readonly suspicious: number;
}

/** Moving average and two-sided cumulative sum of residuals. JSON-serialisable, four numbers. */
export interface DriftState {
  average: number;
  up: number;
  down: number;
  out: boolean;
}

/** Nothing seen yet. */
export const freshDrift = (): DriftState => ({ average: 0, up: 0, down: 0, out: false });

/**
 * Adds a standardised residual: EWMA (Roberts 1959) and tabular CUSUM (Page 1954; Montgomery, Introduction to
 * Statistical Quality Control, 9.1). A drift ends when the sum is back at half the decision. The sums are held at twice
 * the decision, so that it can end. O(1). Changes and returns `state`.
 */
export function addToDrift(settings: DriftSettings, state: DriftState, residual: number): DriftState {
  const { weight, allowance, decision, cut } = settings;
  const z = Math.max(-cut, Math.min(cut, residual));
  state.average = short(state.average + weight * (z - state.average));
  state.up = short(Math.min(2 * decision, Math.max(0, state.up + z - allowance)));
  state.down = short(Math.min(2 * decision, Math.max(0, state.down - z - allowance)));
  const most = Math.max(state.up, state.down);
  state.out = most > (state.out ? decision / 2 : decision);
  return state;
}

/** Seven significant digits: keeps the snapshot small. */
const short = (value: number): number => significant(value, 7);

/** Something may be drifting: what is normal must not be learned from it. */
export const suspicious = (settings: DriftSettings, state: DriftState): boolean =>
  Math.max(state.up, state.down) > settings.suspicious * settings.decision;
