import { addToChanges, learnChanges, type ChangeModel, type ChangeState } from '../detect/change-control';
import {
  addToCommittee,
  learnCommittee,
  partsOf,
  sharesOf,
  type CommitteeModel,
  type CommitteeState,
} from '../detect/committee';
import type { WatchReading } from './group';
import type { WatchSettings } from './watch-settings';

/** What is remembered of all sampled signals of an asset that makes no moves. JSON-serialisable, bounded. */
export interface AssetJointState {
  /** The row that is being filled: its time and values by signal. */
  at: number;
  values: Record<string, number>;
  /** Signals in the order of the columns, once learning began. */
  signals: string[];
  learning?: number[][];
  /** What was learned, and what is remembered of all signals together. */
  level?: { readonly model: CommitteeModel; readonly state: CommitteeState };
  change?: { readonly model: ChangeModel; readonly state: ChangeState };
  outRows: number;
  since?: number;
  /** When the level changed last, ms. */
  changedAt?: number;
}

/** Nothing seen yet. */
export const freshAssetJoint = (): AssetJointState => ({ at: 0, values: {}, signals: [], outRows: 0 });

/**
 * Adds a sample. Samples of one time are a row; it is closed by the first sample of a later time. The first rows are
 * learned from, then all signals are watched together: their level (T² of moving averages) and its changes. Older samples are late and not used.
 * O(signals²) for each row. Changes `state`, adds what a row came to to `out`.
 */
export function addToAsset(
  { asset }: WatchSettings,
  state: AssetJointState,
  signal: string,
  at: number,
  value: number,
  out: WatchReading[],
): void {
  if (at < state.at) return;
  if (at > state.at) {
    const reading = closeAssetRow(asset, state);
    if (reading) out.push(reading);
    state.at = at;
    state.values = {};
  }
  state.values[signal] = value;
}

function closeAssetRow(asset: WatchSettings['asset'], state: AssetJointState): WatchReading | undefined {
  const names = Object.keys(state.values);
  if (names.length === 0) return undefined;
  if (!state.level || !state.change) {
    const learning = (state.learning ??= []);
    // Signals that join later are watched one by one only.
    if (learning.length === 0) state.signals = names.slice(0, asset.signals);
    const before = learning.at(-1);
    const row = state.signals.map((name, i) => state.values[name] ?? before?.[i] ?? 0);
    learning.push(row);
    if (learning.length < asset.learn) return undefined;
    state.level = learnCommittee(asset.level, learning);
    state.change = learnChanges(asset.change, learning);
    delete state.learning;
    return undefined;
  }
  const row = state.signals.map((name) => state.values[name] ?? Number.NaN);
  const { statistic, out } = addToCommittee(asset.level, state.level.model, state.level.state, row);
  const changed = addToChanges(asset.change, state.change.model, state.change.state, row);
  if (changed) state.changedAt = state.at;
  state.outRows = out ? state.outRows + 1 : 0;
  if (!out) delete state.since;
  else state.since ??= state.at;
  return { group: 'asset', at: state.at, statistic, limit: asset.level.limit, out, changed };
}

/** Signals with their share in what is unusual now, the largest first; empty while nothing is. */
export function unusualSignals(state: AssetJointState): { signal: string; share: number }[] {
  const { level } = state;
  if (!level?.state.out) return [];
  return [...sharesOf(level.model, level.state)]
    .map(([column, share]) => ({ signal: state.signals[column] as string, share }))
    .sort((a, b) => b.share - a.share);
}

/** What is unusual now: the share of Q in it, and the signals in the part that is larger, the largest first. */
export function unusualParts(
  { asset }: WatchSettings,
  { level, signals }: AssetJointState,
): { readonly off: number; readonly signals: readonly { readonly signal: string; readonly share: number }[] } {
  if (!level) return { off: 0, signals: [] };
  const { off, offBy, alongBy } = partsOf(asset.level, level.model, level.state);
  const named = [...(off >= 0.5 ? offBy : alongBy)].map(([column, share]) => ({
    signal: signals[column] as string,
    share,
  }));
  return { off, signals: named.sort((a, b) => b.share - a.share) };
}
