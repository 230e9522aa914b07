import type { Signal } from './signal';

/** Telescoping. */
export const telescopeSignals: readonly Signal[] = [
  { id: 'len.pos', doc: 'Length class: 20, 30, 40, 45 or between', kind: 'enum', unit: '1', rate: 'E' },
  {
    id: 'len.mm',
    doc: 'Distance between twistlock centres',
    kind: 'number',
    unit: 'mm',
    rate: '1',
    plausible: [5000, 15_000],
  },
  {
    id: 'tele.time',
    doc: 'Travel time 20 to 40 feet (or back)',
    kind: 'number',
    unit: 's',
    rate: 'M',
    plausible: [3, 300],
  },
  {
    id: 'tele.drift',
    doc: 'Change of length while locked',
    kind: 'number',
    unit: 'mm',
    rate: 'M',
    plausible: [-200, 200],
  },
  {
    id: 'tele.current',
    doc: 'Effort of the telescope drive in travel (bar on hydraulic drives)',
    kind: 'number',
    unit: 'A',
    rate: 'M',
    plausible: [0, 400],
  },
];
