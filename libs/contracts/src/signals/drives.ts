import type { Signal } from './signal';

/** Motors and electric drives. */
export const driveSignals: readonly Signal[] = [
  {
    id: 'vib.rms',
    doc: 'Vibration velocity of the power pack while the pump runs',
    kind: 'number',
    unit: 'mm/s',
    rate: '1',
    plausible: [0, 100],
  },
  { id: 'pump.current', doc: 'Current of the pump motor', kind: 'number', unit: 'A', rate: '1', plausible: [-1, 400] },
  { id: 'pump.starts', doc: 'Starts of the pump motor', kind: 'number', unit: '/h', rate: 'H', plausible: [0, 1000] },
  {
    id: 'eld[n].current',
    doc: 'Current of electric drive n in travel',
    kind: 'number',
    unit: 'A',
    rate: 'M',
    positions: 8,
    plausible: [0, 400],
  },
  {
    id: 'eld[n].temp',
    doc: 'Temperature of electric drive n',
    kind: 'number',
    unit: 'Cel',
    rate: '1',
    positions: 8,
    plausible: [-40, 150],
  },
  { id: 'eld.fault', doc: 'Fault code of the electric drives', kind: 'enum', unit: '1', rate: 'E' },
  {
    id: 'brk.time',
    doc: 'Time to release or apply the brake',
    kind: 'number',
    unit: 'ms',
    rate: 'M',
    plausible: [0, 10_000],
  },
];
