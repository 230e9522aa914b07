import type { Signal } from './signal';

/** Load measuring. */
export const loadSignals: readonly Signal[] = [
  {
    id: 'load.total',
    doc: 'Sum of the load under the spreader',
    kind: 'number',
    unit: 't',
    rate: 'M',
    plausible: [-5, 120],
    tic40: 'che.@.spreader.@.weightload.gross.output.actual.value',
  },
  {
    id: 'load.ecc.L',
    doc: 'Longitudinal eccentricity of the load',
    kind: 'number',
    unit: '%',
    rate: 'M',
    plausible: [-50, 50],
  },
  {
    id: 'load.ecc.W',
    doc: 'Transverse eccentricity of the load',
    kind: 'number',
    unit: '%',
    rate: 'M',
    plausible: [-50, 50],
  },
  {
    id: 'load.dyn',
    doc: 'Dynamic factor: peak over static load',
    kind: 'number',
    unit: '1',
    rate: 'M',
    plausible: [0.5, 5],
  },
  {
    id: 'load.zero',
    doc: 'Reading with nothing under the spreader',
    kind: 'number',
    unit: 't',
    rate: 'M',
    plausible: [-10, 10],
  },
  { id: 'snag', doc: 'Sudden rise of load while locked and not landed', kind: 'boolean', unit: '1', rate: 'E' },
];
