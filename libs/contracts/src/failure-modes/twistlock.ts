import type { FailureMode } from './failure-mode';

/** Failure modes of the locking system and the landing pins. */
export const twistlockFailureModes: readonly FailureMode[] = [
  {
    id: 'FM-01',
    component: 'TL[n].SL',
    title: 'gives wrong signals',
    symptoms: 'Lock lamp missing, lock command repeated, operator lands again',
    risk: 'production',
    leadHours: [4, 72],
    actions: [
      'Clean the sensor and check its gap: 2 to 4 mm',
      'Tighten the bracket and check cable and plug',
      'Swap the sensor with the one of another corner; if the fault goes along, replace it',
    ],
    parts: ['Proximity sensor M18 with cable', 'Sensor bracket'],
    skills: ['electrician'],
    repairHours: 0.5,
    verification:
      'No contradiction of "locked" and "unlocked", no missing "locked" and no flicker at this corner in the next 50 moves',
  },
  {
    id: 'FM-02',
    component: 'TL[n]',
    title: 'slow to lock',
    symptoms: 'One corner locks later than the others',
    risk: 'production',
    leadHours: [168, 504],
    actions: [
      'Grease the twistlock',
      'Free the bushing and check the crank and the tie-rod for bending',
      'Measure the wear of pin and bushing',
    ],
    parts: ['Twistlock bushing', 'Grease cartridge', 'Tie-rod end'],
    skills: ['mechanic'],
    repairHours: 2,
    verification: 'Lock time of this corner back within 15 % of its baseline over 50 moves',
  },
  {
    id: 'FM-04',
    component: 'TL[n].ACT',
    title: 'leaks inside or its coupling is worn',
    symptoms: 'One corner slow both ways; may creep after locking',
    risk: 'safety',
    leadHours: [24, 120],
    actions: [
      'Take the spreader off the crane for the repair; secure the twistlock',
      'Replace the cylinder or actuator of this corner',
      'Check the pilot-operated check valve and the coupling',
    ],
    parts: ['Twistlock cylinder', 'Seal kit', 'Pilot-operated check valve'],
    skills: ['hydraulics', 'mechanic'],
    repairHours: 4,
    verification:
      'Lock and unlock time of this corner back within 15 % of their baselines over 50 moves, no "locked" lost without command',
  },
  {
    id: 'FM-07',
    component: 'LP[n]',
    title: 'sticks or is bent',
    symptoms: '"Landed" comes late, never or always',
    risk: 'safety',
    leadHours: [24, 120],
    actions: ['Free or replace the pin', 'Check the spring', 'Seat and adjust the sensor'],
    parts: ['Landing pin', 'Pin spring', 'Proximity sensor M18 with cable'],
    skills: ['mechanic'],
    repairHours: 1.5,
    verification: 'This pin is not later than the others by more than 1.5 times its baseline in the next 50 landings',
  },
];
