import {
  addToJoint,
  contributions,
  jointParts,
  learnJoint,
  type JointModel,
  type JointState,
} from '../detect/joint-control';
import { addToChannel, freshChannel, importance, type ChannelState } from './channel';
import type { WatchedFeature, WatchedGroup, WatchSettings } from './watch-settings';
import { significant } from '../robust/significant';

/** A watched group at one position: its features are concrete. */
export interface Watched extends WatchedGroup {
  readonly features: readonly WatchedFeature[];
}

/** A row that is being filled: sums and numbers of samples by signal. */
export interface OpenRow {
  index: number;
  sums: Record<string, [n: number, sum: number]>;
}

/** What is remembered of one group of features. JSON-serialisable, bounded. */
export interface GroupState {
  /** Time of the newest row, ms; older ones are late and not used. */
  at: number;
  channels: Record<string, ChannelState>;
  open?: OpenRow;
  /** Residuals while the joint normal is learned. */
  learning?: number[][];
  model?: JointModel;
  joint?: JointState;
  /** Rows in a row that it is out with a change that matters, and in order. */
  outRows: number;
  okRows: number;
  outSince?: number;
  /** A case of its own is open. */
  case: boolean;
}

/** A group that was never seen. */
export const freshGroup = (): GroupState => ({ at: 0, channels: {}, outRows: 0, okRows: 0, case: false });

/** What one row of a group came to. */
export interface WatchReading {
  readonly group: string;
  readonly at: number;
  readonly statistic: number;
  readonly limit: number;
  readonly out: boolean;
  /** The level changed just now; undefined where that is not looked for. */
  readonly changed?: boolean;
}

/**
 * Adds a row: each feature against what is expected of it (regression, drift, sudden change), then all residuals
 * together (T²). A feature that is missing in this row changes nothing. Undefined while it is learned. O(features²).
 * Changes `state`.
 */
export function addRow(
  settings: WatchSettings,
  group: Watched,
  state: GroupState,
  at: number,
  valueOf: (feature: string) => number | undefined,
  covariatesOf: (feature: WatchedFeature) => readonly number[] | undefined,
): WatchReading | undefined {
  if (at <= state.at) return undefined;
  state.at = at;
  let seen = 0;
  const residuals = group.features.map((feature) => {
    const value = valueOf(feature.feature);
    if (value === undefined || !Number.isFinite(value)) return Number.NaN;
    const x = covariatesOf(feature);
    if (!x) return Number.NaN;
    const channel = (state.channels[feature.feature] ??= freshChannel(feature));
    const z = addToChannel(settings, feature, channel, at, x, value);
    if (!Number.isNaN(z)) seen += 1;
    return z;
  });
  if (seen === 0) return undefined;
  const cut = settings.drift.cut;
  const row = residuals.map((z) => Math.max(-cut, Math.min(cut, z)));
  if (!state.model || !state.joint) {
    const learning = (state.learning ??= []);
    learning.push(row.map((z) => (Number.isNaN(z) ? 0 : significant(z, 4))));
    if (learning.length < settings.jointLearn) return undefined;
    const { model, state: joint } = learnJoint(settings.joint, learning);
    state.model = model;
    state.joint = joint;
    delete state.learning;
    return undefined;
  }
  const { statistic, out } = addToJoint(settings.joint, state.model, state.joint, row);
  const matters = out && leading(settings, group, state).length > 0;
  if (matters) {
    if (state.outRows === 0) state.outSince = at;
    state.outRows += 1;
    state.okRows = 0;
  } else {
    state.okRows += 1;
    if (state.okRows >= 3) state.outRows = 0;
  }
  return { group: group.component, at, statistic, limit: state.model.limit, out };
}

/** Share of Q in what is unusual in a group now, 0…1: its features left their usual relation. Null with one feature. */
export function offRelation(settings: WatchSettings, { model, joint }: GroupState): number | null {
  return model && joint && model.columns.length > 1 ? jointParts(settings.joint, model, joint).off : null;
}

/** A feature that speaks in a group that is out. */
export interface Leading {
  readonly feature: WatchedFeature;
  readonly channel: ChannelState;
  /** In smallest changes that matter. */
  readonly importance: number;
  /** Share in the joint statistic, 0…1. */
  readonly share: number;
}

/** The features that are out by more than matters, the one with the largest share in the joint statistic first. */
export function leading(settings: WatchSettings, group: Watched, state: GroupState): Leading[] {
  if (!state.model || !state.joint) return [];
  const found: { feature: WatchedFeature; channel: ChannelState; importance: number; i: number }[] = [];
  group.features.forEach((feature, i) => {
    const channel = state.channels[feature.feature];
    if (!channel) return;
    const size = importance(settings, feature, channel);
    if (size >= 1) found.push({ feature, channel, importance: size, i });
  });
  if (found.length === 0) return [];
  const shares = contributions(state.model, state.joint);
  return found
    .map(({ i, ...rest }) => ({ ...rest, share: shares.get(i) ?? 0 }))
    .sort((a, b) => b.share - a.share || b.importance - a.importance);
}
