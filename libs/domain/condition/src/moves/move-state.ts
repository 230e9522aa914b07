/** A sensor bit with its third value: not known since power-on. */
export type Bit = 0 | 1 | null;

/** Most twistlocks or landing pins of a spreader. */
export const corners = 8;

/** One lane of the move machine: what the sensors show, and the move under way. JSON-serialisable, bounded. */
export interface MoveState {
  /** Time of the newest sample taken, ms. */
  at: number;
  locked: Bit[];
  unlocked: Bit[];
  seated: Bit[];
  landed: Bit;
  twin: Bit;
  length: string | null;
  service: boolean;
  /** Interlock bypass key. */
  bypass?: Bit;
  /** Measured length (mm), when the present length class was reached, and largest overshoot since then. */
  span?: { mm: number; arrivedAt: number | null; overshoot: number | null };
  /** Since when "locked" and "unlocked" are both true, by corner. */
  both: (number | null)[];
  /** Edges of the "locked" sensor: start of the present second and number in it, by corner. */
  edges: ([number, number] | null)[];
  /** The present landing: when each pin was pressed in. */
  pinAt: (number | null)[];
  move: OpenMove;
}

/** The move under way, release to release. */
export interface OpenMove {
  phase: 'unladen' | 'locked' | 'laden' | 'released';
  startedAt: number | null;
  landings: number;
  lockCommands: number;
  lockCommandAt: number | null;
  unlockCommandAt: number | null;
  lockedAt: number | null;
  /** The landing it locked at, when it left the ground, and when it came to the ground again; absent until then. */
  landedAt?: number;
  liftedAt?: number;
  setDownAt?: number;
  releasedAt: number | null;
  endedAt: number | null;
  lifted: boolean;
  load: number | null;
  skew: number | null;
  lockTime: (number | null)[];
  unlockTime: (number | null)[];
  /** When "locked" was lost without a command, by corner. */
  lostAt: (number | null)[];
  /** Corners (1..8) whose sensors contradicted themselves, were missing or flickered. */
  sensorFaults: number[];
  /** Corners that alone did not show "locked" when the command was repeated. */
  missed: number[];
  /** Corners that lost "locked" without a command and for good. */
  creeps: number[];
  /** Pins that stayed in while carried, or never came in while landed. */
  stuckPins: number[];
  /** Features that this move showed, e.g. `tl.blocked`; absent in states of before version 2. */
  signs?: string[];
  /** What twin detection said last. */
  twinDetected?: string;
  /** Values the device measured once in this move. */
  values: Record<string, number>;
  service: boolean;
}

const none = (): null[] => Array.from({ length: corners }, () => null);

/** A move that has not begun to show anything. */
export const openMove = (startedAt: number | null): OpenMove => ({
  phase: 'unladen',
  startedAt,
  landings: 0,
  lockCommands: 0,
  lockCommandAt: null,
  unlockCommandAt: null,
  lockedAt: null,
  releasedAt: null,
  endedAt: null,
  lifted: false,
  load: null,
  skew: null,
  lockTime: none(),
  unlockTime: none(),
  lostAt: none(),
  sensorFaults: [],
  missed: [],
  creeps: [],
  stuckPins: [],
  values: {},
  service: false,
});

/** A machine after power-on: every sensor unknown. */
export const freshMoveState = (): MoveState => ({
  at: 0,
  locked: none(),
  unlocked: none(),
  seated: none(),
  landed: null,
  twin: null,
  length: null,
  service: false,
  both: none(),
  edges: none(),
  pinAt: none(),
  move: openMove(null),
});

/** The corners (0-based) that take part now: four outer ones, with the twin boxes down all eight. */
export const activeCorners = (state: MoveState): readonly number[] => (state.twin === 1 ? eight : four);

const four = [0, 1, 2, 3];
const eight = [0, 1, 2, 3, 4, 5, 6, 7];
