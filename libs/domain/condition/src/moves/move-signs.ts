import { signalAt } from '@quaywatch/contracts';
import { median } from '../robust/median';
import type { ConditionSettings } from '../settings';
import type { SpreaderState } from '../state';
import type { FinishedMove } from './close-move';

/** Signs that a move shows or not, and the signal that must be there for "not" to mean anything. */
const signNeeds: readonly (readonly [sign: string, needs: string | null])[] = [
  ['tl.blocked', null],
  ['tl.unseated', 'landed'],
  ['len.posFault', 'len.mm'],
  ['ops.bypass', 'bypass'],
  ['ops.bypassLift', 'bypass'],
  ['load.snag', 'snag'],
];

/** Features that one finished move shows about how it went: names → values, 0 or 1 for what happened or not. */
export function signsOf(settings: ConditionSettings, state: SpreaderState, move: FinishedMove): Record<string, number> {
  const out: Record<string, number> = {};
  for (const [sign, needs] of signNeeds) {
    if (needs === null || needs in state.latest) out[sign] = move.signs.includes(sign) ? 1 : 0;
  }
  if (move.signs.includes('can.nodeLost') || 'node[1].alive' in state.latest)
    out['can.nodeLost'] = move.signs.includes('can.nodeLost') ? 1 : 0;
  const { features } = move.record;
  if (move.overshoot !== null) out['len.overshoot'] = move.overshoot;
  if (move.lengthError !== null) out['len.error'] = move.lengthError;
  const locks = move.active.flatMap((n) => move.lockTime[n - 1] ?? []);
  if (locks.length >= 3) out['tl.lockTime'] = median(locks);
  shocks(settings, features, out);
  if (move.record.result === 'completed') loads(settings, move.record, move.active, out);
  if (move.twinDetected !== undefined && /^single4/.test(move.record.class))
    out['load.twin20'] = /two|gap/.test(move.twinDetected) ? 1 : 0;
  valves(settings, state, features, out);
  filter(settings, state, move.record.endedAt, out);
  return out;
}

/** The signs that follow from what is kept of a move, as the live evaluation has them. */
export function signsOfRecord(
  settings: ConditionSettings,
  move: {
    readonly completed: boolean;
    readonly load: number | null;
    readonly features: Readonly<Record<string, number>>;
  },
): Record<string, number> {
  const out: Record<string, number> = {};
  const { load, features } = move;
  shocks(settings, features, out);
  const active = Array.from({ length: 8 }, (_, i) => i + 1).filter(
    (n) => features[signalAt('tl[n].load', n)] !== undefined,
  );
  if (move.completed) loads(settings, { load, features }, active, out);
  return out;
}

function shocks({ signs }: ConditionSettings, features: Readonly<Record<string, number>>, out: Record<string, number>) {
  const peak = features['landing.peakG'];
  if (peak === undefined) return;
  out['landing.hard'] = peak > signs.hardLanding ? 1 : 0;
  out['landing.severe'] = peak > signs.severeLanding ? 1 : 0;
}

/** Overload, corners that carry nothing, and how the load is shared. */
function loads(
  { signs }: ConditionSettings,
  { load, features }: { readonly load: number | null; readonly features: Readonly<Record<string, number>> },
  active: readonly number[],
  out: Record<string, number>,
): void {
  if (load === null) return;
  out['load.overload'] = load > signs.overload * signs.swl ? 1 : 0;
  const corners = active.map((n) => features[signalAt('tl[n].load', n)]);
  if (active.length !== 4 || corners.some((value) => value === undefined)) return;
  const [one, two, three, four] = corners as [number, number, number, number];
  const sum = one + two + three + four;
  const empty = (corners as number[]).map((own) => own < (signs.unloaded * (sum - own)) / 3);
  // A corner that carries nothing is a matter of its own: then the corners need not make up the load.
  const error = (sum - load) / Math.max(load, signs.loadedAt);
  if (load > 0 && !empty.includes(true)) out['load.sumError'] = 100 * error;
  if (load < signs.loadedAt || sum <= 0) return;
  active.forEach((n, i) => (out[signalAt('tl[n].unloaded', n)] = empty[i] ? 1 : 0));
  // Load cells that contradict each other this much say nothing of how the load is shared.
  if (Math.abs(error) > signs.loadsDiffer && !empty.includes(true)) return;
  out['load.biasL'] = (100 * (one + two - three - four)) / sum;
  out['load.biasW'] = (100 * (one + four - two - three)) / sum;
}

/** A function that is far slower in this move than its baseline: all flippers at once, or the telescope. */
function valves(
  { signs }: ConditionSettings,
  state: SpreaderState,
  features: Readonly<Record<string, number>>,
  out: Record<string, number>,
): void {
  const ratios: number[] = [];
  for (let n = 1; n <= 6; n++) {
    const name = signalAt('flp[n].time', n);
    const center = state.tracks[name]?.baseline?.learnt?.center;
    const last = state.tracks[name]?.values.at(-1);
    if (features[name] !== undefined && center !== undefined && last !== undefined) ratios.push(last / center);
  }
  if (ratios.length >= 3) out['flp.groupSlow'] = median(ratios) > signs.stuckValve ? 1 : 0;
  const travel = state.tracks['tele.time'];
  const center = travel?.baseline?.learnt?.center;
  const last = travel?.values.at(-1);
  if (features['tele.time'] !== undefined && center !== undefined && last !== undefined)
    out['tele.stuck'] = last / center > signs.stuckValve ? 1 : 0;
}

/** The clogging switch with warm oil: cold oil is thick and switches it on by itself. */
function filter({ signs }: ConditionSettings, state: SpreaderState, at: number, out: Record<string, number>): void {
  const seen = state.latest['hyd.filter'];
  const oil = state.latest['hyd.oilTemp']?.[0];
  if (!seen || typeof oil !== 'number' || oil < signs.filterOil) return;
  out['hyd.filterClogged'] = (seen[0] === true || seen[0] === 1) && at - seen[1] >= signs.filterFor ? 1 : 0;
}
