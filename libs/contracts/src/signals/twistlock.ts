import type { Signal } from './signal';

/** Locking system: twistlocks 1..4 outer, 5..8 inner (twin). */
export const twistlockSignals: readonly Signal[] = [
  { id: 'tl.command', doc: 'Command to all active twistlocks: lock, unlock or none', kind: 'enum', unit: '1', rate: 'E' },
  {
    id: 'tl[n].locked',
    doc: 'Sensor "locked" of twistlock n; false together with unlocked = in motion, null = not known since power-on',
    kind: 'boolean',
    unit: '1',
    rate: 'E',
    positions: 8,
    tic40: 'che.@.spreader.@.twistlock.@.locked.status.ioutput.actual.value',
  },
  {
    id: 'tl[n].unlocked',
    doc: 'Sensor "unlocked" of twistlock n',
    kind: 'boolean',
    unit: '1',
    rate: 'E',
    positions: 8,
    tic40: 'che.@.spreader.@.twistlock.@.unlocked.status.ioutput.actual.value',
  },
  { id: 'tl[n].lockTime', doc: 'Lock command to sensor "locked"', kind: 'number', unit: 'ms', rate: 'M', positions: 8, plausible: [100, 20_000] },
  { id: 'tl[n].unlockTime', doc: 'Unlock command to sensor "unlocked"', kind: 'number', unit: 'ms', rate: 'M', positions: 8, plausible: [100, 20_000] },
  { id: 'tl.spread', doc: 'Longest minus shortest lock time over the corners', kind: 'number', unit: 'ms', rate: 'M', plausible: [0, 20_000] },
  { id: 'tl.retries', doc: 'Extra lock commands in a move', kind: 'number', unit: '1', rate: 'M', plausible: [0, 50] },
  { id: 'tl[n].cycles', doc: 'Lock cycles of the twistlock with this serial number', kind: 'number', unit: '1', rate: 'H', positions: 8, plausible: [0, 5_000_000] },
  { id: 'tl[n].load', doc: 'Load in twistlock n, steady after the lift', kind: 'number', unit: 't', rate: 'M', positions: 8, plausible: [-5, 40] },
];
