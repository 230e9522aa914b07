import type { Instant } from '@quaywatch/kernel';

/** Failure modes that the simulator can let develop (domain.md 2.6). */
export type SimulatedMode =
  'FM-01' | 'FM-02' | 'FM-04' | 'FM-07' | 'FM-10' | 'FM-15' | 'FM-18' | 'FM-20' | 'FM-23' | 'FM-24';

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
export function componentOf({ mode, position }: Pick<SimulatedFault, 'mode' | 'position'>): string {
  switch (mode) {
    case 'FM-01':
      return `TL[${position}].SL`;
    case 'FM-02':
      return `TL[${position}]`;
    case 'FM-04':
      return `TL[${position}].ACT`;
    case 'FM-07':
      return `LP[${position}]`;
    case 'FM-10':
      return 'TEL.DRV';
    case 'FM-15':
      return 'HYD.P';
    case 'FM-18':
      return 'HYD.HOSE';
    case 'FM-20':
      return 'HYD.C';
    case 'FM-23':
      return `FLP[${position}]`;
    case 'FM-24':
      return 'LOD';
  }
}
