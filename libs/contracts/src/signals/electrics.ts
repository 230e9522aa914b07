import type { Signal } from './signal';

/** Supply, cabinet, bus and crane link. */
export const electricSignals: readonly Signal[] = [
  { id: 'sup.volt', doc: 'Supply voltage at the spreader', kind: 'number', unit: 'V', rate: '1', plausible: [0, 1000] },
  { id: 'sup.24v', doc: 'Control voltage', kind: 'number', unit: 'V', rate: '1', plausible: [0, 60] },
  { id: 'cab.temp', doc: 'Temperature in the cabinet', kind: 'number', unit: 'Cel', rate: '1', plausible: [-50, 120] },
  { id: 'cab.hum', doc: 'Relative humidity in the cabinet', kind: 'number', unit: '%', rate: '1', plausible: [0, 100] },
  { id: 'insul', doc: 'Insulation resistance', kind: 'number', unit: 'MOhm', rate: 'H', plausible: [0, 10_000] },
  {
    id: 'can.err',
    doc: 'CAN error frames and lost nodes',
    kind: 'number',
    unit: '/h',
    rate: 'H',
    plausible: [0, 1_000_000],
  },
  {
    id: 'link.drop',
    doc: 'Drop-outs of the link to the crane',
    kind: 'number',
    unit: '/h',
    rate: 'H',
    plausible: [0, 10_000],
  },
  { id: 'node[n].alive', doc: 'Heartbeat of controller node n', kind: 'boolean', unit: '1', rate: 'E', positions: 16 },
];
