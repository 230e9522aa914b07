import type { Signal } from './signal';

/** Landing pins, landings, and the shocks they make. */
export const landingSignals: readonly Signal[] = [
  {
    id: 'lp[n].seated',
    doc: 'Landing pin n pressed in',
    kind: 'boolean',
    unit: '1',
    rate: 'E',
    positions: 8,
    tic40: 'che.@.spreader.@.landpin.@.landed.status.ioutput.actual.value',
  },
  {
    id: 'landed',
    doc: 'All landing pins of the active set are pressed in',
    kind: 'boolean',
    unit: '1',
    rate: 'E',
    tic40: 'che.@.spreader.@.landed.status.output.actual.value',
  },
  {
    id: 'lp.skew',
    doc: 'First to last landing pin in a landing',
    kind: 'number',
    unit: 'ms',
    rate: 'M',
    plausible: [0, 30_000],
  },
  {
    id: 'landing.count',
    doc: 'Landings until a lock succeeded',
    kind: 'number',
    unit: '1',
    rate: 'M',
    plausible: [0, 50],
  },
  {
    id: 'landing.peakG',
    doc: 'Largest vertical acceleration at landing',
    kind: 'number',
    unit: '[g]',
    rate: 'M',
    plausible: [0, 50],
  },
  {
    id: 'side.peakG',
    doc: 'Largest lateral acceleration in a move',
    kind: 'number',
    unit: '[g]',
    rate: 'M',
    plausible: [0, 50],
  },
];
