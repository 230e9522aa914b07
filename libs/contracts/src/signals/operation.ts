import type { Signal } from './signal';

/** How the spreader is used. */
export const operationSignals: readonly Signal[] = [
  { id: 'estop', doc: 'Emergency stop', kind: 'boolean', unit: '1', rate: 'E' },
  { id: 'bypass', doc: 'Interlock bypass key active', kind: 'boolean', unit: '1', rate: 'E' },
  { id: 'mode', doc: 'Operating mode: manual, auto or service', kind: 'enum', unit: '1', rate: 'E' },
  { id: 'energy', doc: 'Electrical energy of a move', kind: 'number', unit: 'kW.h', rate: 'M', plausible: [0, 10] },
  { id: 'op.hours', doc: 'Operating hours', kind: 'number', unit: 'h', rate: 'H', plausible: [0, 500_000] },
  { id: 'idle.hours', doc: 'Idle hours', kind: 'number', unit: 'h', rate: 'H', plausible: [0, 500_000] },
];
