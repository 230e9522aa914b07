import { fromIndicators, out } from './from-indicators';
import type { Rule } from './rule';

const drives = 8;

/** Failure modes of the electrics and of the telematic unit. */
export const electricRules: readonly Rule[] = [
  fromIndicators({ failureMode: 'FM-25', component: 'ELE.CBL', main: ['link.drop'], support: ['insul'] }),
  fromIndicators({
    failureMode: 'FM-26',
    component: 'ELE.CAN',
    main: ['can.err', 'can.nodeLost'],
    // Nodes that lose their supply are no fault of the bus.
    unless: (look) => out(look, 'sup.24vLow'),
  }),
  fromIndicators({ failureMode: 'FM-27', component: 'ELE.24V', main: ['sup.24vLow'], support: ['can.nodeLost'] }),
  fromIndicators({
    failureMode: 'FM-28',
    component: 'ELE.CAB',
    main: ['cab.hum', 'insul'],
    unless: (look) => out(look, 'link.drop') && !out(look, 'cab.hum'),
  }),
  fromIndicators({
    failureMode: 'FM-29',
    component: 'ELD[n]',
    positions: drives,
    main: ['eld[n].tempRise', 'eld[n].temp'],
  }),
  fromIndicators({
    failureMode: 'FM-30',
    component: 'ELD.BRK',
    main: ['brk.time', ...Array.from({ length: drives }, (_, i) => `eld[${i + 1}].current`)],
  }),
  fromIndicators({
    failureMode: 'FM-34',
    component: 'BTU',
    main: ['btu.flat', 'btu.implausible', 'btu.missing', 'btu.clock'],
  }),
];
