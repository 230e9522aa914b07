/** A part of all lifts with its load relative to the greatest one. */
export interface LoadShare {
  /** Share of the lifts, 0..1. */
  readonly share: number;
  /** Load divided by the rated load. */
  readonly load: number;
}

/** Load spectrum factor Kp = Σ share · load³ (ISO 4301-1). */
export const loadSpectrumFactor = (parts: readonly LoadShare[]): number =>
  parts.reduce((sum, { share, load }) => sum + share * load ** 3, 0);

/** State of loading of ISO 4301-1 for a Kp: Q1 to 0.125, Q2 to 0.25, Q3 to 0.5, Q4 to 1; above 1 it was overloaded. */
export const stateOfLoading = (kp: number): 'Q1' | 'Q2' | 'Q3' | 'Q4' | 'above Q4' =>
  kp <= 0.125 ? 'Q1' : kp <= 0.25 ? 'Q2' : kp <= 0.5 ? 'Q3' : kp <= 1 ? 'Q4' : 'above Q4';
