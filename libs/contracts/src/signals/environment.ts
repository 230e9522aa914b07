import type { Signal } from './signal';

/** Surroundings, and the health of the BTU itself. */
export const environmentSignals: readonly Signal[] = [
  { id: 'env.temp', doc: 'Ambient temperature', kind: 'number', unit: 'Cel', rate: '1', plausible: [-50, 70] },
  { id: 'gnss', doc: 'Position as latitude,longitude', kind: 'enum', unit: '1', rate: 'H' },
  {
    id: 'btu.rssi',
    doc: 'Received signal strength, relative to 1 mW',
    kind: 'number',
    unit: 'dB',
    rate: 'H',
    plausible: [-150, 0],
  },
  {
    id: 'btu.buffer',
    doc: 'Fill of the store-and-forward buffer',
    kind: 'number',
    unit: '%',
    rate: 'H',
    plausible: [0, 100],
  },
  { id: 'btu.supply', doc: 'Supply voltage of the BTU', kind: 'number', unit: 'V', rate: 'H', plausible: [0, 60] },
  { id: 'clock.offset', doc: 'Offset of the device clock', kind: 'number', unit: 's', rate: 'H' },
];
