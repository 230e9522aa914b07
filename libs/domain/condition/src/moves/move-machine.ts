import { median } from '../robust/median';
import type { MoveSettings } from '../settings';
import { closeMove, type FinishedMove } from './close-move';
import { activeCorners, openMove, type Bit, type MoveState } from './move-state';
import { parseSignal, type Sample } from './parse-signal';

/** What one landing showed: how much later (ms) each pin came than the middle of the others. */
export interface LandingSeen {
  readonly at: number;
  readonly lags: readonly { readonly pin: number; readonly lag: number }[];
}

/** What came out of the machine. */
export interface MoveEvents {
  readonly moves: FinishedMove[];
  readonly landings: LandingSeen[];
}

/**
 * One sample of the `event` stream, in order of time. States after the cycle of TIC 4.0 (release to release):
 * unladen → locked → laden → released → (leaves the box) next move. A sensor that is not known since power-on is
 * neither true nor false. O(1). Changes `state`, adds to `out`.
 */
export function stepMove(settings: MoveSettings, state: MoveState, sample: Sample, out: MoveEvents): void {
  const { at, value } = sample;
  const { move } = state;
  const { family, position } = parseSignal(sample.signal);
  const i = position - 1;
  if (move.startedAt === null) move.startedAt = at;
  if (move.lockedAt !== null && move.endedAt === null && at - move.lockedAt > settings.timeout) {
    finish(settings, state, out, state.at, 'incomplete');
  }
  state.at = Math.max(state.at, at);
  switch (family) {
    case 'tl.command':
      return command(settings, state, String(value), at, out);
    case 'tl[n].locked':
      return lockedChanged(settings, state, i, bit(value), at);
    case 'tl[n].unlocked':
      return unlockedChanged(settings, state, i, bit(value), at);
    case 'lp[n].seated':
      return pinChanged(state, i, bit(value), at);
    case 'landed':
      return landedChanged(settings, state, bit(value), at, out);
    case 'len.pos':
      return lengthChanged(state, value === null ? null : String(value), at);
    case 'len.mm':
      if (typeof value === 'number') noteSpan(settings, state, at, value);
      return;
    case 'bypass':
      state.bypass = bit(value);
      if (state.bypass === 1) sign(state, 'ops.bypass');
      return;
    case 'snag':
      if (bit(value) === 1) sign(state, 'load.snag');
      return;
    case 'node[n].alive':
      if (bit(value) === 0) sign(state, 'can.nodeLost');
      return;
    case 'twin.det':
      if (value !== null) move.twinDetected = String(value);
      return;
    case 'twin.mode':
      state.twin = bit(value);
      return;
    case 'mode':
      state.service = value === 'service';
      move.service ||= state.service;
      return;
    case 'load.total':
      if (typeof value === 'number' && state.move.phase === 'laden') state.move.load = value;
      return keep(state, sample);
    default:
      return keep(state, sample);
  }
}

/** The frame is at its end: a move that ended in it is given out. */
export function endOfFrame(settings: MoveSettings, state: MoveState, out: MoveEvents): void {
  if (state.move.endedAt !== null) finish(settings, state, out, state.move.endedAt, undefined);
}

function keep(state: MoveState, { signal, value }: Sample): void {
  const { values } = state.move;
  if (typeof value !== 'number' || (!(signal in values) && Object.keys(values).length >= 64)) return;
  values[signal] = value;
}

function command(settings: MoveSettings, state: MoveState, what: string, at: number, out: MoveEvents): void {
  if (what === 'lock') {
    if (state.move.phase === 'laden') finish(settings, state, out, state.at, 'incomplete');
    else if (state.move.phase === 'released') finish(settings, state, out, state.move.releasedAt ?? at, undefined);
    const { move } = state;
    if (move.phase === 'unladen' && move.lockCommandAt !== null) {
      const late = activeCorners(state).filter((corner) => state.locked[corner] !== 1);
      if (late.length === 1) add(move.missed, (late[0] as number) + 1);
      // Not one corner turned although it was landed: something holds them all.
      const still = activeCorners(state).every((corner) => state.locked[corner] !== 1 && state.unlocked[corner] === 1);
      if (still && state.landed === 1) sign(state, 'tl.blocked');
    }
    if (state.landed === 1 && state.length === 'between' && inPosition(settings, state)) sign(state, 'len.posFault');
    move.lockCommands += 1;
    move.lockCommandAt = at;
  } else if (what === 'unlock') {
    state.move.unlockCommandAt = at;
    settleLost(state);
  }
}

function lockedChanged(settings: MoveSettings, state: MoveState, i: number, next: Bit, at: number): void {
  const before = state.locked[i];
  if (i < 0 || i >= state.locked.length || before === next) return;
  const { move } = state;
  state.locked[i] = next;
  countEdge(settings, state, i, at);
  watchBoth(settings, state, i, at);
  const commanded =
    move.lockCommandAt !== null && (move.unlockCommandAt === null || move.unlockCommandAt < move.lockCommandAt);
  if (next === 1) {
    if (commanded && move.lockTime[i] === null && move.lockCommandAt !== null)
      move.lockTime[i] = at - move.lockCommandAt;
    if (commanded && move.phase === 'unladen' && state.landed === 0 && move.lostAt[i] == null)
      sign(state, 'tl.unseated');
    const lost = move.lostAt[i];
    if (lost != null) {
      // Back by itself: the sensor flickered, the twistlock did not turn.
      add(move.sensorFaults, i + 1);
      move.lostAt[i] = null;
    }
    if (move.phase === 'unladen' && commanded && allLocked(state)) locked(state, at);
  } else if (before === 1 && (move.phase === 'locked' || move.phase === 'laden') && move.unlockCommandAt === null) {
    move.lostAt[i] = at;
  }
  if (next !== 1) maybeReleased(state, at);
}

function unlockedChanged(settings: MoveSettings, state: MoveState, i: number, next: Bit, at: number): void {
  if (i < 0 || i >= state.unlocked.length || state.unlocked[i] === next) return;
  const { move } = state;
  state.unlocked[i] = next;
  watchBoth(settings, state, i, at);
  if (next === 1) {
    if (move.unlockCommandAt !== null && move.unlockTime[i] === null) move.unlockTime[i] = at - move.unlockCommandAt;
    maybeReleased(state, at);
  } else if (next === 0 && move.phase === 'unladen' && allLocked(state) && move.lockCommandAt !== null)
    locked(state, at);
}

function maybeReleased(state: MoveState, at: number): void {
  const { move } = state;
  if ((move.phase !== 'locked' && move.phase !== 'laden') || move.unlockCommandAt === null || !allUnlocked(state, 0))
    return;
  move.phase = 'released';
  move.releasedAt = at;
}

function pinChanged(state: MoveState, i: number, next: Bit, at: number): void {
  if (i < 0 || i >= state.seated.length || state.seated[i] === next) return;
  if (next === 1 && state.landed !== 1) {
    // The first pin of a landing forgets the landing before.
    if (activeCorners(state).every((corner) => state.seated[corner] !== 1)) state.pinAt.fill(null);
    state.pinAt[i] ??= at;
  }
  state.seated[i] = next;
}

function landedChanged(settings: MoveSettings, state: MoveState, next: Bit, at: number, out: MoveEvents): void {
  if (state.landed === next) return;
  const before = state.landed;
  state.landed = next;
  const { move } = state;
  if (next === 1) {
    if (move.phase === 'unladen') {
      move.landings += 1;
      move.landedAt = at;
    } else if (move.phase === 'laden') move.setDownAt = at;
    landing(state, at, out);
    state.pinAt.fill(null);
    return;
  }
  if (before !== 1) return;
  state.pinAt.fill(null);
  if (move.phase === 'unladen' && move.lockCommandAt !== null && mostlyLocked(state)) {
    // Lifted although a corner never showed "locked": that sensor is at fault.
    for (const corner of activeCorners(state)) if (state.locked[corner] !== 1) add(move.sensorFaults, corner + 1);
    locked(state, state.at);
  }
  if (move.phase === 'locked' || move.phase === 'laden') {
    if (move.unlockCommandAt !== null && allUnlocked(state, 1)) {
      for (const corner of activeCorners(state)) if (state.unlocked[corner] !== 1) add(move.sensorFaults, corner + 1);
      move.phase = 'released';
      move.releasedAt = at;
    } else {
      move.phase = 'laden';
      move.lifted = true;
      move.liftedAt ??= at;
      if (state.bypass === 1) sign(state, 'ops.bypassLift');
    }
  }
  if (move.phase === 'released') {
    move.endedAt = at;
    return;
  }
}

/** Pins of a landing: skew of the move, lag of each pin, pins that did not come. */
function landing(state: MoveState, at: number, out: MoveEvents): void {
  const seen = activeCorners(state).flatMap((corner) => {
    const pinAt = state.pinAt[corner];
    return pinAt == null ? [] : [{ corner, pinAt }];
  });
  if (seen.length < 2) return;
  const times = seen.map(({ pinAt }) => pinAt);
  const skew = Math.max(...times) - Math.min(...times);
  if (state.move.phase === 'unladen') state.move.skew = skew;
  for (const corner of activeCorners(state)) {
    // "Landed" with a pin that has no edge: it was in all the time, or it never came.
    if (state.pinAt[corner] === null && state.seated[corner] !== null) add(state.move.stuckPins, corner + 1);
  }
  if (seen.length < 3) return;
  out.landings.push({
    at,
    lags: seen.map(({ corner, pinAt }) => ({
      pin: corner + 1,
      lag: pinAt - median(seen.filter((other) => other.corner !== corner).map((other) => other.pinAt)),
    })),
  });
}

function locked(state: MoveState, at: number): void {
  state.move.phase = 'locked';
  state.move.lockedAt = at;
}

/** At the unlock command, what was lost and did not come back was no flicker. */
function settleLost(state: MoveState): void {
  const { move } = state;
  move.lostAt.forEach((at, i) => {
    if (at === null) return;
    add(move.creeps, i + 1);
    move.lostAt[i] = null;
  });
}

function watchBoth(settings: MoveSettings, state: MoveState, i: number, at: number): void {
  const since = state.both[i];
  if (state.locked[i] === 1 && state.unlocked[i] === 1) {
    state.both[i] ??= at;
  } else if (since != null) {
    if (at - since > settings.bothFor) add(state.move.sensorFaults, i + 1);
    state.both[i] = null;
  }
}

function countEdge(settings: MoveSettings, state: MoveState, i: number, at: number): void {
  const edge = state.edges[i];
  if (!edge || at - edge[0] > 1000) state.edges[i] = [at, 1];
  else {
    edge[1] += 1;
    if (edge[1] > settings.flickerEdges) add(state.move.sensorFaults, i + 1);
  }
}

function finish(
  settings: MoveSettings,
  state: MoveState,
  out: MoveEvents,
  endedAt: number,
  forced: 'incomplete' | undefined,
): void {
  settleLost(state);
  for (const corner of activeCorners(state)) {
    const since = state.both[corner];
    if (since != null && endedAt - since > settings.bothFor) add(state.move.sensorFaults, corner + 1);
    // In while it hung free after the release: stuck.
    if (state.move.lifted && state.landed === 0 && state.seated[corner] === 1) add(state.move.stuckPins, corner + 1);
  }
  out.moves.push(closeMove(settings, state, endedAt, forced));
  state.move = openMove(endedAt);
  state.move.service = state.service;
  if (state.bypass === 1) sign(state, 'ops.bypass');
  if (state.span) state.span.overshoot = null;
}

/** Takes a measured length (mm); what comes soon after the arrival at a class shows the overshoot. */
export function noteSpan(settings: MoveSettings, state: MoveState, at: number, mm: number): void {
  const span = (state.span ??= { mm, arrivedAt: null, overshoot: null });
  span.mm = mm;
  const nominal = state.length === null ? undefined : settings.lengths[state.length];
  if (nominal === undefined || span.arrivedAt === null || at - span.arrivedAt > settings.settleTime) return;
  span.overshoot = Math.max(span.overshoot ?? 0, Math.abs(mm - nominal));
}

function lengthChanged(state: MoveState, next: string | null, at: number): void {
  const travelled = state.length === 'between' && next !== 'between' && next !== null;
  state.length = next;
  if (!state.span) return;
  if (travelled) state.span.arrivedAt = at;
  else if (next === 'between') state.span.arrivedAt = null;
}

/** The measured length is that of a class. */
function inPosition({ lengths, lengthTolerance }: MoveSettings, { span }: MoveState): boolean {
  return span !== undefined && Object.values(lengths).some((mm) => Math.abs(mm - span.mm) <= lengthTolerance);
}

function sign(state: MoveState, feature: string): void {
  const signs = (state.move.signs ??= []);
  if (!signs.includes(feature)) signs.push(feature);
}

const allLocked = (state: MoveState): boolean =>
  activeCorners(state).every((i) => state.locked[i] === 1 && state.unlocked[i] !== 1);

const mostlyLocked = (state: MoveState): boolean => {
  const active = activeCorners(state);
  return active.filter((i) => state.locked[i] === 1).length >= active.length / 2;
};

const allUnlocked = (state: MoveState, missing: number): boolean => {
  const active = activeCorners(state);
  return active.filter((i) => state.unlocked[i] === 1 && state.locked[i] !== 1).length >= active.length - missing;
};

const bit = (value: Sample['value']): Bit =>
  value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : null;

function add(list: number[], position: number): void {
  if (!list.includes(position)) list.push(position);
}
