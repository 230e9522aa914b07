/** Limits of the total numbers of working cycles of the classes U0 … U8 (ISO 4301-1). */
const cyclesOfClass = [16_000, 32_000, 63_000, 125_000, 250_000, 500_000, 1_000_000, 2_000_000, 4_000_000];

/** Class of utilisation U0 … U9 of a total number of working cycles (ISO 4301-1), as its number. */
export function utilisationClass(cycles: number): number {
  const found = cyclesOfClass.findIndex((most) => cycles <= most);
  return found < 0 ? 9 : found;
}

/** Groups A1 … A8 by state of loading (Q1 … Q4) and class of utilisation (U0 … U9), ISO 4301-1. */
const groups = [
  [1, 1, 1, 2, 3, 4, 5, 6, 7, 8],
  [1, 1, 2, 3, 4, 5, 6, 7, 8, 8],
  [1, 2, 3, 4, 5, 6, 7, 8, 8, 8],
  [2, 3, 4, 5, 6, 7, 8, 8, 8, 8],
];

/** Group of classification A1 … A8 for a state of loading (1 … 4) and a class of utilisation (0 … 9), as its number. */
export const dutyGroup = (q: number, u: number): number => groups[q - 1]?.[u] ?? 8;

/** How well the use is on record, and the factor on it (ISO 12482, Table 1). */
export const recordingFactor = {
  automatic: 1,
  documented_process: 1.1,
  documented_production: 1.2,
  estimated: 1.3,
  unknown: 1.5,
} as const;

/** How well the use is on record. */
export type Recording = keyof typeof recordingFactor;

/** What a component was designed for: working cycles at the load spectrum factor Kp. */
export interface DesignDuty {
  readonly cycles: number;
  readonly kp: number;
}

/**
 * Share of the designed working period that is used, % (ISO 12482): duty with the factor of its recording over the
 * design duty. `duty` is Σ (load / rated load)³ over the working cycles, in equivalent full lifts.
 */
export const usedPeriod = (duty: number, design: DesignDuty, recording: Recording = 'automatic'): number =>
  (100 * duty * recordingFactor[recording]) / (design.cycles * design.kp);
