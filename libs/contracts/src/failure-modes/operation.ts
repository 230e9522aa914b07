import type { FailureMode } from './failure-mode';

/** Ways of use that damage the machine or endanger people; never by driver. */
export const operationFailureModes: readonly FailureMode[] = [
  {
    id: 'FM-31',
    component: 'OPS',
    title: 'has hard landings',
    symptoms: 'Shocks at landing; sensor faults follow',
    risk: 'improvement',
    leadHours: [168, 2160],
    actions: [
      'Talk to the crane team about approach and slow-down zones',
      'Check the anti-sway and slow-down settings',
      'Inspect the spreader after a landing above 6 g',
    ],
    parts: [],
    skills: ['operations'],
    repairHours: 0.5,
    verification: 'Less than one landing above 4 g in 50 moves',
    alternatives: ['FM-34'],
  },
  {
    id: 'FM-32',
    component: 'OPS.LOAD',
    title: 'had an overload or a snag',
    symptoms: 'Lift beyond the rated load, or a sudden pull',
    risk: 'safety',
    leadHours: [1, 168],
    actions: ['Do the mandatory inspection after overload', 'Enter it into the use record (ISO 12482)'],
    parts: [],
    skills: ['inspector'],
    repairHours: 3,
    verification: 'Inspection done, no further overload or snag in 50 moves',
    alternatives: ['FM-24'],
  },
  {
    id: 'FM-33',
    component: 'OPS.BYPASS',
    title: 'bypassed in operation',
    symptoms: 'The key that bypasses interlocks was used',
    risk: 'safety',
    leadHours: [1, 168],
    actions: [
      'Tell the supervisor at once and write down the reason',
      'Put the interlock back and find out why it was bypassed',
    ],
    parts: [],
    skills: ['operations'],
    repairHours: 0.5,
    verification: 'No bypass in the next 50 moves',
    alternatives: ['FM-26'],
  },
];
