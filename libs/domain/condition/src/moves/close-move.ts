import { findSignal, signalAt, type MoveRecord } from '@quaywatch/contracts';
import type { MoveSettings } from '../settings';
import { activeCorners, type MoveState } from './move-state';

/** A move that ended, with what the analysis needs beside the record. */
export interface FinishedMove {
  readonly record: Omit<MoveRecord, 'move' | 'spreader' | 'model'>;
  /** Active corners, 1-based. */
  readonly active: readonly number[];
  readonly lockTime: readonly (number | null)[];
  readonly unlockTime: readonly (number | null)[];
  readonly sensorFaults: readonly number[];
  readonly missed: readonly number[];
  readonly creeps: readonly number[];
  readonly stuckPins: readonly number[];
  /** Features that this move showed, e.g. `tl.blocked`. */
  readonly signs: readonly string[];
  /** What twin detection said last; undefined when it said nothing. */
  readonly twinDetected: string | undefined;
  /** Largest distance from the length just after arriving there, and distance at the end, mm; null when not measured. */
  readonly overshoot: number | null;
  readonly lengthError: number | null;
  /** In service mode: show it, never learn from it. */
  readonly service: boolean;
}

const teuOf: Readonly<Record<string, number>> = {
  single20: 1,
  single30: 1.5,
  single40: 2,
  single45: 2.25,
  twin2x20: 2,
};

/** Makes the record of the move under way in `state`, which ends at `endedAt` (ms). */
export function closeMove(
  settings: MoveSettings,
  state: MoveState,
  endedAt: number,
  forced: 'incomplete' | undefined,
): FinishedMove {
  const { move } = state;
  const completed = forced === undefined && move.lifted;
  const empty = completed && move.load !== null && move.load < settings.emptyLoad;
  const kind = empty ? 'empty_cycle' : classOf(state);
  const boxes = !completed || empty ? 0 : kind === 'twin2x20' ? 2 : 1;
  return {
    record: {
      startedAt: Math.min(move.startedAt ?? endedAt, endedAt),
      lockedAt: move.lockedAt,
      endedAt,
      class: kind,
      result: forced ?? (move.lifted ? 'completed' : 'aborted'),
      boxes,
      teu: boxes === 0 ? 0 : (teuOf[kind] ?? 0),
      load: move.load,
      features: features(state),
    },
    active: activeCorners(state).map((corner) => corner + 1),
    lockTime: move.lockTime,
    unlockTime: move.unlockTime,
    sensorFaults: move.sensorFaults,
    missed: move.missed,
    creeps: move.creeps,
    stuckPins: move.stuckPins,
    signs: move.signs ?? [],
    twinDetected: move.twinDetected,
    overshoot: state.span?.overshoot ?? null,
    lengthError: lengthError(settings, state),
    service: move.service,
  };
}

function lengthError({ lengths }: MoveSettings, { span, length }: MoveState): number | null {
  const nominal = length === null ? undefined : lengths[length];
  return span === undefined || nominal === undefined ? null : span.mm - nominal;
}

function classOf(state: MoveState): MoveRecord['class'] {
  if (state.move.service) return 'maintenance';
  if (state.twin === 1) return 'twin2x20';
  return state.length === '20' || state.length === '30' || state.length === '40' || state.length === '45'
    ? `single${state.length}`
    : 'unknown';
}

/** Features of the move in the catalogue's units; a feature that was not measured is not there. */
function features(state: MoveState): Record<string, number> {
  const { move } = state;
  const out: Record<string, number> = {};
  for (const [signal, value] of Object.entries(move.values)) {
    if (findSignal(signal)?.rate === 'M') out[signal] = value;
  }
  const times: number[] = [];
  for (const corner of activeCorners(state)) {
    const lock = move.lockTime[corner];
    const unlock = move.unlockTime[corner];
    if (lock != null) {
      out[signalAt('tl[n].lockTime', corner + 1)] = lock;
      times.push(lock);
    }
    if (unlock != null) out[signalAt('tl[n].unlockTime', corner + 1)] = unlock;
  }
  if (times.length >= 2) out['tl.spread'] = Math.max(...times) - Math.min(...times);
  if (move.lockCommands > 0) out['tl.retries'] = move.lockCommands - 1;
  if (move.skew !== null) out['lp.skew'] = move.skew;
  if (move.landings > 0) out['landing.count'] = move.landings;
  for (const [part, [from, to]] of Object.entries(dwells(state)))
    if (from != null && to != null && to >= from) out[`dwell.${part}`] = Math.round(to - from) / 1000;
  return out;
}

type Time = number | null | undefined;

/** The parts of the cycle in which it stands or carries: landed to lock command, to locked, lift to set down, to released. */
const dwells = ({ move }: MoveState): Record<string, [from: Time, to: Time]> => ({
  toLock: [move.landedAt, move.lockCommandAt],
  lock: [move.lockCommandAt, move.lockedAt],
  carry: [move.liftedAt, move.setDownAt],
  toRelease: [move.setDownAt, move.releasedAt],
});
