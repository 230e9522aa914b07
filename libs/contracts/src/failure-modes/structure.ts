import type { FailureMode } from './failure-mode';

/** Failure modes of the steel structure and its guides. */
export const structureFailureModes: readonly FailureMode[] = [
  {
    id: 'FM-13',
    component: 'STR.WP',
    title: 'are worn',
    symptoms: 'Drift, noise, play of the telescopic beams',
    risk: 'production',
    leadHours: [720, 2160],
    actions: ['Measure the play at all pads', 'Replace the slide pads'],
    parts: ['Slide pad set'],
    skills: ['mechanic'],
    repairHours: 6,
    verification: 'Length repeats within 3 mm and drifts less than 4 mm over 50 moves',
    alternatives: ['FM-11', 'FM-14'],
  },
  {
    id: 'FM-14',
    component: 'STR',
    title: 'shows signs of fatigue',
    symptoms: 'None until it breaks: used fatigue life, or the corners share the load differently than before',
    risk: 'safety',
    leadHours: [720, 4320],
    actions: [
      'Inspect by eye all listed hot spots, also inside the saddle',
      'Test by magnetic particles or ultrasound where paint is cracked',
      'Repair or lower the rated load until repaired',
    ],
    parts: ['Weld repair'],
    skills: ['inspector'],
    repairHours: 16,
    verification:
      'Used life entered anew after the inspection, and load share back at its baseline over 50 loaded lifts',
    alternatives: ['FM-24', 'FM-32'],
  },
];
