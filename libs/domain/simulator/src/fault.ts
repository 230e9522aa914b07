import type { Instant } from '@quaywatch/kernel';

/** Failure modes that the simulator can let develop (domain.md 2.6), and the component each is in. */
export const simulatedModes = {
  'FM-01': 'TL[n].SL',
  'FM-02': 'TL[n]',
  'FM-03': 'TL',
  'FM-04': 'TL[n].ACT',
  'FM-05': 'TL[n].PIN',
  'FM-06': 'TL[n].NUT',
  'FM-07': 'LP[n]',
  'FM-08': 'BLK',
  'FM-09': 'TWN',
  'FM-10': 'TEL.DRV',
  'FM-11': 'TEL.CH',
  'FM-12': 'TEL.POS',
  'FM-13': 'STR.WP',
  'FM-14': 'STR',
  'FM-15': 'HYD.P',
  'FM-16': 'HYD.V',
  'FM-17': 'HYD.RV',
  'FM-18': 'HYD.HOSE',
  'FM-19': 'HYD.F',
  'FM-20': 'HYD.C',
  'FM-21': 'HYD.OIL',
  'FM-22': 'HYD.M',
  'FM-23': 'FLP[n]',
  'FM-24': 'LOD',
  'FM-25': 'ELE.CBL',
  'FM-26': 'ELE.CAN',
  'FM-27': 'ELE.24V',
  'FM-28': 'ELE.CAB',
  'FM-29': 'ELD[1]',
  'FM-30': 'ELD.BRK',
  'FM-31': 'OPS',
  'FM-32': 'OPS.LOAD',
  'FM-33': 'OPS.BYPASS',
  'FM-34': 'BTU',
} as const;

/** A failure mode that the simulator can let develop. */
export type SimulatedMode = keyof typeof simulatedModes;

/** A fault that develops: severity 0 before `onsetAt`, 1 (clear to see) at `fullAt`, growing on after it up to 1.5. */
export interface SimulatedFault {
  readonly mode: SimulatedMode;
  /** Corner, pin or flipper from 1; ignored where the mode has none. */
  readonly position: number;
  readonly onsetAt: Instant;
  readonly fullAt: Instant;
  readonly shape: 'linear' | 'exponential' | 'step';
}

/** Severity of a fault at a time, 0 … 1.5. */
export function severity(fault: SimulatedFault, at: Instant): number {
  if (at <= fault.onsetAt) return 0;
  const share = Math.min(1.5, (at - fault.onsetAt) / Math.max(1, fault.fullAt - fault.onsetAt));
  if (fault.shape === 'step') return 1;
  return fault.shape === 'linear' ? share : Math.min(1.5, (Math.exp(2.5 * share) - 1) / (Math.exp(2.5) - 1));
}

/** The component that a fault is in, in the codes of the component tree. */
export const componentOf = ({ mode, position }: Pick<SimulatedFault, 'mode' | 'position'>): string =>
  simulatedModes[mode].replace('[n]', `[${position}]`);
