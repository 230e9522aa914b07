import type { Signal } from './signal';

/** Flippers (gather guides). */
export const flipperSignals: readonly Signal[] = [
  { id: 'flp[n].pos', doc: 'Position of flipper n: up, down or mid', kind: 'enum', unit: '1', rate: 'E', positions: 6 },
  {
    id: 'flp[n].time',
    doc: 'Time of flipper n for half a turn',
    kind: 'number',
    unit: 's',
    rate: 'M',
    positions: 6,
    plausible: [0.5, 60],
  },
  {
    id: 'flp[n].hits',
    doc: 'Overload or slip events of flipper n',
    kind: 'number',
    unit: '/d',
    rate: 'H',
    positions: 6,
    plausible: [0, 10_000],
  },
];
