import { signalGroup, type SignalGroup, type Evidence } from '@quaywatch/contracts';
import { advanceLimit, freshLimit, severity, type LimitState, type Step } from '../limits/limit';
import { median, medianDeviation } from '../robust/median';
import type { ConditionSettings, GenericSettings } from '../settings';
import type { Verdict } from '../rules/rule';
import type { SpreaderState } from '../state';
import { surprising } from '../watch/asset-surprise';
import { unusualParts, unusualSignals, type AssetJointState } from '../watch/asset-joint';
import { significant } from '../robust/significant';

/** What is remembered of one signal that no rule knows. JSON-serialisable, bounded by `learn`. */
export interface GenericState {
  block: number;
  n: number;
  sum: number;
  at: number;
  /** Block means while learning; dropped afterwards. */
  learning?: number[];
  center?: number;
  spread?: number;
  /** Exponentially weighted moving average of the blocks (Roberts 1959), its start and number of blocks. */
  average?: number;
  blocks: number;
  limit: LimitState;
}

/** A signal that was never seen. */
export const freshGeneric = (): GenericState => ({ block: -1, n: 0, sum: 0, at: 0, blocks: 0, limit: freshLimit() });

/**
 * Adds one sample: means over blocks of time, robust normal (median, MAD) learned from the first blocks and held,
 * then an EWMA control chart of the blocks against it. Returns true when a block closed. Changes `state`.
 */
export function addToGeneric(settings: GenericSettings, state: GenericState, at: number, value: number): boolean {
  const block = Math.floor(at / settings.block);
  if (block < state.block) return false;
  const closes = block > state.block && state.n > 0;
  if (closes) closeBlock(settings, state);
  if (block > state.block) {
    state.block = block;
    state.n = 0;
    state.sum = 0;
  }
  state.n += 1;
  state.sum += value;
  state.at = at;
  return closes;
}

function closeBlock(settings: GenericSettings, state: GenericState): void {
  const mean = state.sum / state.n;
  state.blocks += 1;
  if (state.center === undefined || state.spread === undefined) {
    const learning = (state.learning ??= []);
    learning.push(significant(mean, 7));
    if (learning.length < settings.learn) return;
    state.center = median(learning);
    // A signal that drifts while it is learned (warming up) has a normal as wide as the drift.
    const third = Math.ceil(learning.length / 3);
    const drift = Math.abs(median(learning.slice(-third)) - median(learning.slice(0, third)));
    state.spread = Math.max(
      medianDeviation(learning, state.center),
      drift,
      settings.scaleFloor * Math.abs(state.center),
      1e-9,
    );
    state.average = median(learning.slice(-5));
    delete state.learning;
    return;
  }
  state.average = (1 - settings.weight) * (state.average ?? mean) + settings.weight * mean;
  advanceLimit(settings.limit, state.limit, Math.abs(score(state)), state.at);
}

/** Out of its normal, or about to leave or to enter it. */
export const isDisturbed = ({ limit }: GenericState): boolean => limit.step > 0 || limit.run !== undefined;

const score = (state: GenericState): number =>
  state.center === undefined || state.spread === undefined || state.average === undefined
    ? 0
    : (state.average - state.center) / state.spread;

/** Component that a signal without a rule of its own speaks for. */
const componentOfGroup: Readonly<Record<SignalGroup, string>> = {
  twistlock: 'TL',
  landing: 'LP',
  load: 'LOD',
  telescope: 'TEL',
  twin: 'TWN',
  flipper: 'FLP',
  hydraulics: 'HYD',
  drives: 'HYD.M',
  electrics: 'ELE',
  operation: 'SPR',
  environment: 'BTU',
};

/**
 * One verdict for the asset: all signals together, named after the one that is farthest from its normal. The signals are
 * judged one by one, and on an asset that makes no moves jointly as well.
 */
export function judgeGeneric(
  settings: ConditionSettings,
  { generic: states, watch }: Pick<SpreaderState, 'generic' | 'watch'>,
  at: number,
): (Verdict & { signal: string }) | undefined {
  const learnt = Object.entries(states).filter(([, state]) => state.center !== undefined);
  if (learnt.length === 0) return undefined;
  const { limit } = settings.generic;
  const seen = learnt
    .map(([signal, state]) => ({
      signal,
      state,
      severity: severity(limit, Math.abs(score(state))),
      step: state.limit.step,
    }))
    .sort((a, b) => b.step - a.step || b.severity - a.severity || (a.signal < b.signal ? -1 : 1));
  const worst = seen[0] as (typeof seen)[number];
  const out = seen.filter(({ step }) => step > 0);
  const sinces = out.flatMap(({ state }) => state.limit.since ?? []);
  const joint = watch?.asset && watch.asset.outRows >= settings.watch.asset.rows ? watch.asset : undefined;
  if (worst.step === 0 && joint) return withSurprise(settings, states, watch, judgeJoint(settings, states, joint), at);
  const group = signalGroup(worst.signal);
  const verdict = {
    signal: worst.signal,
    component: group ? componentOfGroup[group] : 'SPR',
    step: worst.step,
    severity: worst.severity,
    confidence: worst.step === 0 ? 0 : Math.min(0.9, 0.5 + 0.1 * (out.length - 1)),
    since: sinces.length ? Math.min(...sinces) : null,
    evidence: out.slice(0, 5).map(({ signal, state, step }) => evidence(settings.generic, signal, state, step)),
  };
  return withSurprise(settings, states, watch, verdict, at);
}

/** How long (ms) before all signals together are out a change may lie that it began with. */
const before = 120_000;

/** No signal alone is out, but they are not as usual together: named after the one with the largest share. */
function judgeJoint(
  settings: ConditionSettings,
  states: SpreaderState['generic'],
  joint: AssetJointState,
): Verdict & { signal: string } {
  const shares = unusualSignals(joint);
  const first = shares[0]?.signal ?? '';
  const group = signalGroup(first);
  const times = (joint.level?.state.statistic ?? 0) / settings.watch.asset.level.limit;
  // The level changed shortly before it was out for sure.
  const since = joint.since ?? joint.at;
  const began =
    joint.changedAt !== undefined && since - joint.changedAt < before ? Math.min(since, joint.changedAt) : since;
  const { off, signals } = unusualParts(settings.watch, joint);
  const percent = signals.slice(0, 4).map(({ signal, share }) => `${signal} ${Math.round(100 * share)} %`);
  const how = off >= 0.5 ? 'their usual relation is broken' : 'farther out in their usual relation';
  return {
    signal: first,
    component: group ? componentOfGroup[group] : 'SPR',
    step: 1,
    severity: Math.min(1.9, Math.max(1, times / 2)),
    confidence: 0.5,
    since: began,
    evidence: shares.slice(0, 3).map(({ signal }) => {
      const state = states[signal];
      return {
        signal,
        unit: '',
        value: state?.average ?? null,
        baseline: state?.center ?? null,
        limit: null,
        from: began,
        to: joint.at,
        count: joint.outRows,
        text: `Signals together are not as usual, ${significant(times, 2)} times the limit; ${how} (T² ${100 - Math.round(100 * off)} %, Q ${Math.round(100 * off)} %): ${percent.join(', ')}`,
      };
    }),
  };
}

/**
 * Adds to a case what surprises now: values that follow each other as they never did. A surprise alone opens no case: on a
 * lively signal there are too many of them.
 */
function withSurprise<V extends Verdict>(
  settings: ConditionSettings,
  states: SpreaderState['generic'],
  watch: SpreaderState['watch'],
  verdict: V,
  at: number,
): V {
  const odd = verdict.step > 0 && watch?.surprise ? surprising(watch.surprise) : [];
  if (odd.length === 0) return verdict;
  const { alarm } = settings.watch.surprise.detector;
  const all = odd.reduce((sum, { found }) => sum + found.score, 0);
  const more = odd.slice(0, 2).map(({ signal, found }) => ({
    signal,
    unit: '',
    value: states[signal]?.average ?? null,
    baseline: states[signal]?.center ?? null,
    limit: null,
    from: found.since,
    to: Math.max(at, found.since),
    count: states[signal]?.blocks ?? 0,
    text: `Values of ${signal} follow each other as they never did: ${Number((found.score / alarm).toPrecision(3))} times the limit of surprise, ${Math.round((100 * found.score) / all)} % of what surprises`,
  }));
  const confidence = Math.min(0.9, Math.round((verdict.confidence + 0.1) * 100) / 100);
  return { ...verdict, confidence, evidence: [...verdict.evidence, ...more] };
}

function evidence(settings: GenericSettings, signal: string, state: GenericState, step: Step): Evidence {
  const center = state.center ?? 0;
  const spread = state.spread ?? 0;
  const average = state.average ?? 0;
  const steps = [settings.limit.watch, settings.limit.watch, settings.limit.plan, settings.limit.actNow];
  const limit = center + Math.sign(average - center) * (steps[step] as number) * spread;
  const short = (value: number): number => significant(value, 4);
  return {
    signal,
    unit: '',
    value: short(average),
    baseline: short(center),
    limit: short(limit),
    from: state.limit.since ?? state.at,
    to: state.at,
    count: state.blocks,
    text: `${signal} is ${short(average)}, normal ${short(center)}: ${short(Math.abs(score(state)))} times its usual variation away`,
  };
}
