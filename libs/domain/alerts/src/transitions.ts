/** States of an alarm, ISA-18.2 / IEC 62682: `normal`, `unacknowledged` (UNACK), `acknowledged` (ACKED), `returned_unacknowledged` (RTNUN). */
export const alarmStates = ['normal', 'unacknowledged', 'acknowledged', 'returned_unacknowledged'] as const;

/** State of an alarm. */
export type AlarmStateName = (typeof alarmStates)[number];

/** What moves an alarm from state to state. */
export type AlarmTrigger = 'occurs' | 'worsens' | 'eases' | 'clears' | 'is_acknowledged';

/**
 * Which trigger leads from which state to which (ISA-18.2 figure 4, the part without latching, shelving, suppression and
 * out of service: those come as more rows). A trigger that is not named is not possible in that state.
 */
export const transitions: Readonly<Record<AlarmStateName, Readonly<Partial<Record<AlarmTrigger, AlarmStateName>>>>> = {
  normal: { occurs: 'unacknowledged' },
  unacknowledged: {
    worsens: 'unacknowledged',
    eases: 'unacknowledged',
    clears: 'returned_unacknowledged',
    is_acknowledged: 'acknowledged',
  },
  // Worse than what was acknowledged asks for attention again.
  acknowledged: { worsens: 'unacknowledged', eases: 'acknowledged', clears: 'normal' },
  returned_unacknowledged: { occurs: 'unacknowledged', is_acknowledged: 'normal' },
};

/** The state after `trigger`; undefined when that is not possible in `state`. */
export const nextState = (state: AlarmStateName, trigger: AlarmTrigger): AlarmStateName | undefined =>
  transitions[state][trigger];

/** Whether the condition behind the alarm is present in this state. */
export const isActive = (state: AlarmStateName): boolean => state === 'unacknowledged' || state === 'acknowledged';

/** Whether somebody still has to do with it: everything but normal. */
export const isOpen = (state: AlarmStateName): boolean => state !== 'normal';
