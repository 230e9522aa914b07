import type { LoadCycle } from './rainflow';

/** An S-N curve: cycles to the end at the reference range, and its slopes. */
export interface EnduranceCurve {
  /** Range (unit of the load) that is borne `cycles` times. */
  readonly range: number;
  readonly cycles: number;
  /** Slope, and slope beyond `knee` cycles: small ranges do less harm. */
  readonly slope: number;
  readonly kneeSlope: number;
  readonly knee: number;
}

/** Cycles that a range is borne; Infinity at range 0. Slopes m = 3, and 5 beyond 5·10⁶ cycles (EN 13001-3-1, EN 1993-1-9). */
export function cyclesBorne(curve: EnduranceCurve, range: number): number {
  if (range <= 0) return Infinity;
  const n = curve.cycles * (curve.range / range) ** curve.slope;
  if (n <= curve.knee) return n;
  const atKnee = curve.range * (curve.cycles / curve.knee) ** (1 / curve.slope);
  return curve.knee * (atKnee / range) ** curve.kneeSlope;
}

/** Share of the life that cycles use: Σ n/N (Palmgren 1924, Miner 1945); 1 = its end. */
export const minerDamage = (curve: EnduranceCurve, cycles: readonly LoadCycle[]): number =>
  cycles.reduce((sum, { range, count }) => sum + count / cyclesBorne(curve, range), 0);
