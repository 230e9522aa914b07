import { findSignal, signalAt, type MoveRecord } from '@quaywatch/contracts';
import { fatigueUsed, freshUse, recordUse } from './fatigue';
import { noteLatest } from './latest';
import type { FinishedMove } from './moves/close-move';
import { signsOf } from './moves/move-signs';
import { endOfFrame, stepMove, type MoveEvents } from './moves/move-machine';
import { freshMoveState, type MoveState } from './moves/move-state';
import { parseSignal, type Sample } from './moves/parse-signal';
import { median } from './robust/median';
import type { ConditionSettings } from './settings';
import type { SpreaderState } from './state';
import { observeFeature } from './tracks/track-book';
import { watchMove } from './watch/feed-watch';
import type { WatchReading } from './watch/group';
import { significant } from './robust/significant';

/** Families which the move machine watches; a device that sends them makes moves. */
const moveFamilies: ReadonlySet<string> = new Set([
  'tl.command',
  'tl[n].locked',
  'tl[n].unlocked',
  'lp[n].seated',
  'landed',
]);

/** What an `event` frame led to: the moves that ended, and whether anything can be judged anew. */
export interface EventOutcome {
  readonly moves: MoveRecord[];
  readonly dirty: boolean;
}

/**
 * Takes the samples of one `event` frame, in order of time; gives the moves that ended, and adds to `watched` what they
 * came to for the watched components. Changes `state`.
 */
export function feedEvent(
  settings: ConditionSettings,
  state: SpreaderState,
  samples: readonly Sample[],
  watched: WatchReading[],
): EventOutcome {
  const first = samples[0];
  if (!first) return { moves: [], dirty: false };
  let dirty = false;
  const lane = laneFor(settings, state, first.at);
  const out: MoveEvents = { moves: [], landings: [] };
  for (const sample of samples) {
    noteLatest(state, sample);
    const { family } = parseSignal(sample.signal);
    if (!state.makesMoves && moveFamilies.has(family)) showsMoves(state);
    if (sample.signal === 'hyd.clean' && noteCleanliness(settings, state, sample)) dirty = true;
    if (sample.signal === 'clock.offset' && typeof sample.value === 'number')
      dirty = observeFeature(settings, state, 'btu.clock', sample.at, Math.abs(sample.value), true) || dirty;
    if (typeof sample.value === 'number')
      dirty = observeFeature(settings, state, sample.signal, sample.at, sample.value, !lane?.service) || dirty;
    if (lane) stepMove(settings.moves, lane, sample, out);
    else state.counts.late += 1;
  }
  if (lane) endOfFrame(settings.moves, lane, out);
  for (const { at, lags } of out.landings) {
    for (const { pin, lag } of lags)
      dirty = observeFeature(settings, state, signalAt('lp[n].lag', pin), at, lag, !lane?.service) || dirty;
  }
  const moves = out.moves.map((move) => {
    const { derived, shown } = observeMove(settings, state, move);
    const { record } = move;
    for (const { at, lags } of out.landings) {
      // The last landing of a move is the one that is kept with it.
      if (at <= record.endedAt) for (const { pin, lag } of lags) derived[signalAt('lp[n].lag', pin)] = Math.round(lag);
    }
    if (!move.service) watchMove(settings, state, record, { ...record.features, ...shown, ...derived }, watched);
    return {
      move: `${state.spreader}.${record.lockedAt ?? record.startedAt}`,
      spreader: state.spreader,
      ...record,
      features: { ...record.features, ...derived },
      model: settings.model,
    };
  });
  return { moves, dirty: dirty || moves.length > 0 };
}

/** The asset makes moves: from now on only rules judge what the catalogue knows. Changes `state`. */
export function showsMoves(state: SpreaderState): void {
  state.makesMoves = true;
  for (const signal of Object.keys(state.generic)) if (findSignal(signal)) delete state.generic[signal];
  delete state.watch?.asset;
  delete state.watch?.surprise;
}

/**
 * Frames come in order of time within a backlog and within what is live, but the two may interleave: stored frames that
 * are older than what was seen run through a second lane. Undefined when they are older than that one too.
 */
function laneFor(settings: ConditionSettings, state: SpreaderState, from: number): MoveState | undefined {
  if (from >= state.moves.at - settings.moves.lateAfter) return state.moves;
  state.lateMoves ??= freshMoveState();
  return from >= state.lateMoves.at - settings.moves.lateAfter ? state.lateMoves : undefined;
}

/**
 * Offers what a move showed to the tracks; gives all that it showed, and what was derived from it and is worth keeping
 * beside its features.
 */
function observeMove(
  settings: ConditionSettings,
  state: SpreaderState,
  move: FinishedMove,
): { derived: Record<string, number>; shown: Record<string, number> } {
  const derived: Record<string, number> = {};
  const shown: Record<string, number> = {};
  const at = move.record.endedAt;
  const clean = !move.service;
  const take = (feature: string, value: number): void => {
    shown[feature] = value;
    observeFeature(settings, state, feature, at, value, clean);
  };
  const signs = Object.entries(signsOf(settings, state, move));
  for (const [feature, value] of signs) {
    take(feature, value);
    if (value !== 0 && feature !== 'tl.lockTime') derived[feature] = significant(value, 4);
  }
  if (move.record.lockedAt === null) return { derived, shown };
  const use = (state.use ??= freshUse());
  recordUse(settings, use, move.record, move.signs.includes('load.snag'));
  take('str.damage', fatigueUsed(settings, use));
  const show = (feature: string, value: number): void => {
    take(feature, value);
    derived[feature] = significant(value, 4);
  };
  /** Something that happened or not: only what happened is kept. */
  const flag = (feature: string, n: number, positions: readonly number[]): void => {
    if (positions.includes(n)) show(signalAt(feature, n), 1);
    else take(signalAt(feature, n), 0);
  };
  for (const n of move.active) {
    const i = n - 1;
    const lock = move.lockTime[i];
    if (lock != null) take(signalAt('tl[n].lockTime', n), lock);
    const lockRatio = toOthers(move.lockTime, move.active, i);
    if (lockRatio !== undefined) show(signalAt('tl[n].lockRatio', n), lockRatio);
    const unlockRatio = toOthers(move.unlockTime, move.active, i);
    if (unlockRatio !== undefined) show(signalAt('tl[n].unlockRatio', n), unlockRatio);
    flag('tl[n].sensorFault', n, move.sensorFaults);
    flag('tl[n].missed', n, move.missed);
    flag('tl[n].creep', n, move.creeps);
    flag('lp[n].stuck', n, move.stuckPins);
  }
  const { features } = move.record;
  const retries = features['tl.retries'];
  if (retries !== undefined) take('tl.retries', retries > 0 ? 1 : 0);
  for (const feature of ['tl.spread', 'lp.skew']) {
    const value = features[feature];
    if (value !== undefined) take(feature, value);
  }
  return { derived, shown };
}

/** Codes of ISO 4406 over the target, the worst of the three: 20/18/15 with the target 18/16/13 is 2. Changes `state`. */
function noteCleanliness(settings: ConditionSettings, state: SpreaderState, { at, value }: Sample): boolean {
  const codes = /^(\d+)\/(\d+)\/(\d+)$/.exec(String(value))?.slice(1).map(Number);
  if (!codes) return false;
  const over = Math.max(...codes.map((code, i) => code - (settings.signs.cleanTarget[i] as number)));
  return observeFeature(settings, state, 'hyd.cleanOver', at, over, true);
}

/** One corner's time over the median of the other active corners' in the same move; needs two others. */
function toOthers(times: readonly (number | null)[], active: readonly number[], i: number): number | undefined {
  const own = times[i];
  const others = active.flatMap((n) => (n - 1 === i ? [] : (times[n - 1] ?? [])));
  if (own == null || others.length < 2) return undefined;
  const middle = median(others);
  return middle > 0 ? own / middle : undefined;
}
