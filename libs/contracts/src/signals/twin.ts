import type { Signal } from './signal';

/** Twin-lift system. */
export const twinSignals: readonly Signal[] = [
  {
    id: 'twin.mode',
    doc: 'Twin boxes are down: two 20-foot containers are handled',
    kind: 'boolean',
    unit: '1',
    rate: 'E',
    tic40: 'che.@.spreader.@.twin.status.output.actual.value',
  },
  {
    id: 'twin.gap',
    doc: 'Separation of the twin boxes',
    kind: 'number',
    unit: 'mm',
    rate: '1',
    plausible: [-50, 2000],
  },
  { id: 'twin.det', doc: 'Result of twin detection', kind: 'enum', unit: '1', rate: 'E' },
];
