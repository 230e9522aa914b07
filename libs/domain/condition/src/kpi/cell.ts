import { signalFamily, type MoveRecord } from '@quaywatch/contracts';
import { addHistogram, addValue, type Histogram } from './histogram';

/** What moves amount to, as sums and histograms that add up: JSON, bounded, a function of the moves alone. */
export interface KpiCell {
  /** Lock cycles: every locking, also empty and aborted ones. */
  cycles: number;
  /** Completed lifts, also of nothing. */
  lifts: number;
  /** Completed lifts that displaced a load: what "moves" means in every figure. */
  moves: number;
  boxes: number;
  teu: number;
  aborted: number;
  incomplete: number;
  /** Time from start to end of moves, ms, where a move counts for 10 min at most (`longestMove`). */
  active: number;
  /** Moves with this measured, and sums. */
  sums: Record<string, { n: number; sum: number }>;
  /** Number of occurrences, e.g. `landing.4to6`. */
  counts: Record<string, number>;
  /** Histograms by quantity, e.g. `lockTime`, `lockTime[3]`. */
  histograms: Record<string, Histogram>;
}

/** A move counts for working time no longer than this, ms: beyond it the spreader waits. */
export const longestMove = 10 * 60_000;

/** Parts of the cycle beside the unladen and the laden one, as moves have them (`dwell.…`). */
export const dwellParts = ['toLock', 'lock', 'carry', 'toRelease'] as const;

/** Nothing counted yet. */
export const emptyCell = (): KpiCell => ({
  cycles: 0,
  lifts: 0,
  moves: 0,
  boxes: 0,
  teu: 0,
  aborted: 0,
  incomplete: 0,
  active: 0,
  sums: {},
  counts: {},
  histograms: {},
});

/** Counts a move. Changes `cell`. Landing impact classes: < 2, 2–4, 4–6, > 6 g. */
export function addMove(cell: KpiCell, move: MoveRecord): void {
  if (move.lockedAt !== null) cell.cycles += 1;
  if (move.result === 'aborted') cell.aborted += 1;
  if (move.result === 'incomplete') cell.incomplete += 1;
  cell.active += Math.max(0, Math.min(longestMove, move.endedAt - move.startedAt));
  addFeatures(cell, move.features);
  if (move.result !== 'completed') return;
  cell.lifts += 1;
  if (move.boxes === 0) return;
  cell.moves += 1;
  cell.boxes += move.boxes;
  cell.teu += move.teu;
  if (move.load !== null) {
    measure(cell, 'load', move.load);
    // Kp needs the sum of cubes; the rated load is divided out when it is known.
    measure(cell, 'load³', move.load ** 3);
  }
  const { energy } = move.features;
  if (energy !== undefined) measure(cell, 'energy', energy);
  if (move.lockedAt !== null) {
    note(cell, 'unladen', Math.min(longestMove, move.lockedAt - move.startedAt) / 1000);
    note(cell, 'laden', Math.min(longestMove, move.endedAt - move.lockedAt) / 1000);
    for (const part of dwellParts) {
      const seconds = move.features[`dwell.${part}`];
      if (seconds !== undefined) note(cell, part, Math.min(longestMove / 1000, seconds));
    }
    note(cell, 'cycle', Math.min(longestMove, move.endedAt - move.startedAt) / 1000);
  }
}

function addFeatures(cell: KpiCell, features: MoveRecord['features']): void {
  let slowest: number | null = null;
  for (const [id, value] of Object.entries(features)) {
    if (signalFamily(id) !== 'tl[n].lockTime') continue;
    slowest = Math.max(slowest ?? value, value);
    note(cell, `lockTime${id.slice(2, id.indexOf(']') + 1)}`, value);
  }
  if (slowest !== null) note(cell, 'lockTime', slowest);
  const peak = features['landing.peakG'];
  if (peak !== undefined) {
    note(cell, 'landing', peak);
    tally(cell, `landing.${peak < 2 ? 'below2' : peak < 4 ? '2to4' : peak <= 6 ? '4to6' : 'above6'}`);
  }
  const side = features['side.peakG'];
  if (side !== undefined) note(cell, 'side', side);
  const attempts = features['landing.count'];
  if (attempts !== undefined) measure(cell, 'attempts', attempts);
  const off = ['load.ecc.L', 'load.ecc.W'].flatMap((id) =>
    features[id] === undefined ? [] : [Math.abs(features[id])],
  );
  if (off.length > 0) {
    const worst = Math.max(...off);
    measure(cell, 'eccentricity', worst);
    if (worst > 10) tally(cell, 'eccentric.10');
    if (worst > 15) tally(cell, 'eccentric.15');
  }
}

/** Adds all that `other` counted. Changes `into`. */
export function addCell(into: KpiCell, other: KpiCell): void {
  for (const name of ['cycles', 'lifts', 'moves', 'boxes', 'teu', 'aborted', 'incomplete', 'active'] as const)
    into[name] += other[name];
  for (const [name, { n, sum }] of Object.entries(other.sums)) {
    const here = (into.sums[name] ??= { n: 0, sum: 0 });
    here.n += n;
    here.sum += sum;
  }
  for (const [name, n] of Object.entries(other.counts)) into.counts[name] = (into.counts[name] ?? 0) + n;
  for (const [name, histogram] of Object.entries(other.histograms))
    addHistogram((into.histograms[name] ??= {}), histogram);
}

/** Moves as one cell; the same moves in the same order give the same cell. */
export function cellOf(moves: Iterable<MoveRecord>): KpiCell {
  const cell = emptyCell();
  for (const move of moves) addMove(cell, move);
  return cell;
}

function measure(cell: KpiCell, name: string, value: number): void {
  const here = (cell.sums[name] ??= { n: 0, sum: 0 });
  here.n += 1;
  here.sum += value;
}

const note = (cell: KpiCell, name: string, value: number): void => addValue((cell.histograms[name] ??= {}), value);
const tally = (cell: KpiCell, name: string): void => {
  cell.counts[name] = (cell.counts[name] ?? 0) + 1;
};
