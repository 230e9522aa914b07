import type { FailureMode } from './failure-mode';

/** Failure modes of the hydraulic power pack. */
export const hydraulicFailureModes: readonly FailureMode[] = [
  {
    id: 'FM-15',
    component: 'HYD.P',
    title: 'is worn',
    symptoms: 'Everything slower, pump runs longer, oil hotter',
    risk: 'production',
    leadHours: [336, 1008],
    actions: ['Measure the case drain flow', 'Check the relief valve setting', 'Replace the pump'],
    parts: ['Axial piston pump', 'Coupling element', 'Return filter'],
    skills: ['hydraulics'],
    repairHours: 6,
    verification: 'Pressure under demand within 5 % and pump duty within 10 points of the baselines over 8 hours',
  },
  {
    id: 'FM-18',
    component: 'HYD.HOSE',
    title: 'lose oil',
    symptoms: 'Tank level falls, oil on the quay',
    risk: 'safety',
    leadHours: [1, 72],
    actions: [
      'Stop the pump and find the leak',
      'Replace the hose or seal',
      'Clean up and report the spill',
      'Fill up and bleed',
    ],
    parts: ['Hose set', 'Seal kit', 'Hydraulic oil'],
    skills: ['hydraulics'],
    repairHours: 3,
    verification: 'Level steady (less than 1 % a day lost) over 24 hours',
  },
  {
    id: 'FM-20',
    component: 'HYD.C',
    title: 'is dirty or its fan failed',
    symptoms: 'Oil hot at normal duty and ambient temperature',
    risk: 'production',
    leadHours: [24, 168],
    actions: ['Clean the cooler', 'Check the fan and its direction', 'Check the thermostat'],
    parts: ['Fan motor', 'Thermostat'],
    skills: ['mechanic', 'electrician'],
    repairHours: 1.5,
    verification: 'Oil over ambient temperature within 5 K of the baseline over 8 hours of work',
  },
];
