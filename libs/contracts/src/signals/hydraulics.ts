import type { Signal } from './signal';

/** Hydraulic power pack. */
export const hydraulicSignals: readonly Signal[] = [
  {
    id: 'hyd.press',
    doc: 'System pressure under demand',
    kind: 'number',
    unit: 'bar',
    rate: '1',
    plausible: [-1, 400],
  },
  { id: 'hyd.pressIdle', doc: 'Stand-by pressure', kind: 'number', unit: 'bar', rate: '1', plausible: [-1, 200] },
  {
    id: 'hyd.decay',
    doc: 'Fall of pressure after the pump stopped',
    kind: 'number',
    unit: 'bar/min',
    rate: 'M',
    plausible: [0, 200],
  },
  {
    id: 'hyd.pumpDuty',
    doc: 'Share of time the pump runs while the spreader is active',
    kind: 'number',
    unit: '%',
    rate: 'H',
    plausible: [0, 100],
  },
  {
    id: 'hyd.oilTemp',
    doc: 'Oil temperature in the tank',
    kind: 'number',
    unit: 'Cel',
    rate: '1',
    plausible: [-40, 130],
  },
  {
    id: 'hyd.tempRise',
    doc: 'Oil over ambient temperature, steady',
    kind: 'number',
    unit: 'K',
    rate: 'H',
    plausible: [-30, 100],
  },
  { id: 'hyd.level', doc: 'Oil level in the tank', kind: 'number', unit: '%', rate: '1', plausible: [0, 100] },
  { id: 'hyd.filter', doc: 'Clogging switch of the return filter', kind: 'boolean', unit: '1', rate: 'E' },
  { id: 'hyd.clean', doc: 'Oil cleanliness code after ISO 4406, e.g. 18/16/13', kind: 'enum', unit: '1', rate: 'H' },
  { id: 'hyd.water', doc: 'Water in oil', kind: 'number', unit: '[ppm]', rate: 'H', plausible: [0, 20_000] },
];
