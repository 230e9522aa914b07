import {
  addToJoint,
  contributions,
  jointParts,
  learnJoint,
  type JointModel,
  type JointParts,
  type JointSettings,
  type JointState,
} from './joint-control';

/** How several signals are watched together where nothing is known of how the learned rows began. */
export interface CommitteeSettings {
  /** Each member; the rules of the committee decide what is a finding. */
  readonly member: JointSettings;
  /** One member for each: share of the learned rows, 0…1, at the start that it does not learn from. */
  readonly starts: readonly number[];
  /** Times its limit that the members' statistics must reach on average (geometric mean). */
  readonly limit: number;
  /** Share of `limit` below which a finding ends, and share of the highest statistic of the finding. */
  readonly release: number;
  readonly subside: number;
  /** What is left after a finding is taken as it is: a new one needs this many times the lowest statistic since. */
  readonly again: number;
}

/** What was learned. JSON-serialisable, of bounded size. */
export interface CommitteeModel {
  readonly members: readonly JointModel[];
}

/** What is remembered between rows. JSON-serialisable, of fixed size. */
export interface CommitteeState {
  readonly members: JointState[];
  /** Geometric mean of the members' statistics, each in its own limit. */
  statistic: number;
  out: boolean;
  /** Highest statistic of the finding; lowest since the last one ended, 0 before the first. */
  top: number;
  base: number;
}

/**
 * Learns what is normal from rows of samples (row × signal, oldest first) once for each start: a machine that was still
 * settling when the record began spoils the members that learned from it only. The average of models learned on
 * different rows varies less than each (bagging: Breiman 1996).
 */
export function learnCommittee(
  { member, starts }: CommitteeSettings,
  rows: readonly (readonly number[])[],
): { readonly model: CommitteeModel; readonly state: CommitteeState } {
  const learned = starts.map((share) => learnJoint(member, rows.slice(Math.floor(share * rows.length))));
  return {
    model: { members: learned.map(({ model }) => model) },
    state: { members: learned.map(({ state }) => state), statistic: 0, out: false, top: 0, base: 0 },
  };
}

/**
 * Adds a row; returns the statistic and whether the group is out of its normal. A finding ends when the statistic is
 * below a share of the limit, or of its own height: machines seldom come back to just where they were. Constant time.
 * Changes `state`.
 */
export function addToCommittee(
  { member, limit, release, subside, again }: CommitteeSettings,
  { members }: CommitteeModel,
  state: CommitteeState,
  row: readonly number[],
): { readonly statistic: number; readonly out: boolean } {
  let sum = 0;
  members.forEach((model, i) => {
    const { statistic } = addToJoint(member, model, state.members[i] as JointState, row);
    // Nothing that moved while it was learned: it has no limit, and no say.
    sum += model.limit > 0 ? Math.log(statistic / model.limit + 1e-12) : 0;
  });
  const statistic = Math.exp(sum / members.length);
  state.statistic = statistic;
  if (state.out) {
    state.top = Math.max(state.top, statistic);
    if (statistic < release * limit || statistic < subside * state.top) {
      state.out = false;
      state.base = statistic;
    }
  } else {
    state.base = Math.min(state.base, statistic);
    if (statistic > limit && statistic > again * state.base) {
      state.out = true;
      state.top = statistic;
    }
  }
  return { statistic, out: state.out };
}

/** Share of each signal in what is unusual now, by column of the row, over all members; sums to 1. */
export function sharesOf({ members }: CommitteeModel, state: CommitteeState): ReadonlyMap<number, number> {
  return meanShares(members.map((model, i) => contributions(model, state.members[i] as JointState)));
}

function meanShares(all: readonly ReadonlyMap<number, number>[]): ReadonlyMap<number, number> {
  const sum = new Map<number, number>();
  for (const shares of all)
    for (const [column, share] of shares) sum.set(column, (sum.get(column) ?? 0) + share / all.length);
  return sum;
}

/** T² and Q of the members' statistics now, on average: `jointParts`. */
export function partsOf({ member }: CommitteeSettings, { members }: CommitteeModel, state: CommitteeState): JointParts {
  const parts = members.map((model, i) => jointParts(member, model, state.members[i] as JointState));
  return {
    off: parts.reduce((sum, { off }) => sum + off / parts.length, 0),
    alongBy: meanShares(parts.map(({ alongBy }) => alongBy)),
    offBy: meanShares(parts.map(({ offBy }) => offBy)),
  };
}
