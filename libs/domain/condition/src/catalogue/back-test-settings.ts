import { signalAt } from '@quaywatch/contracts';
import { addToWindow, freshWindow, type WindowState, type WindowValue } from '../aggregate/window';
import { freshState } from '../fresh-state';
import { levelOf } from '../advice/advise';
import type { ConditionSettings, TrackSpec, WindowSpec } from '../settings';
import { parseSignal } from '../moves/parse-signal';
import { lookUp, noteOilTemp, observeFeature, specOf } from '../tracks/track-book';
import type { SpreaderState } from '../state';
import { rules } from '../rules';
import { signsOfRecord } from '../moves/move-signs';
import type { Step } from '../limits/limit';

/** What is kept of the past of a spreader, in order of time: means of a minute of a sampled signal, and moves. */
export type PastInput =
  | { readonly at: number; readonly signal: string; readonly mean: number }
  | {
      readonly at: number;
      readonly locked: boolean;
      readonly completed: boolean;
      readonly load: number | null;
      readonly features: Readonly<Record<string, number>>;
    };

/** A time in which an indicator was out of its limits. */
export interface PastCase {
  readonly feature: string;
  /** The worst it came to. */
  readonly level: 'watch' | 'plan' | 'act_now';
  readonly from: number;
  /** Null = it lasts. */
  readonly to: number | null;
}

/** Indicators whose cases can change with these settings: those that they are about, and those that signs of moves feed. */
export function indicatorsOf(settings: ConditionSettings, ids: Iterable<string>): ReadonlySet<string> {
  const out = new Set<string>();
  for (const id of ids) {
    const [group = '', name = ''] = id.split('/');
    if (group === 'limits' || group === 'indicators') out.add(name);
    for (const feature of signFeatures[`${group}/${name}`] ?? []) out.add(feature);
    if (group === 'windows') {
      const spec = settings.windows.find(({ feature }) => feature === name);
      if (spec) out.add(spec.feature);
    }
  }
  return out;
}

/** Failure modes whose rules read an indicator (concrete or family). */
export const modesReading = (feature: string): string[] => {
  const { family } = parseSignal(feature);
  return rules.flatMap(({ failureMode, inputs }) =>
    inputs.some((input) => input === feature || parseSignal(input).family === family) ? [failureMode] : [],
  );
};

/** Features that a sign of a move gives, where they follow from what is kept of a move. */
const signFeatures: Readonly<Record<string, readonly string[]>> = {
  'signs/swl': ['load.overload'],
  'signs/overload': ['load.overload'],
  'signs/hard-landing': ['landing.hard'],
  'signs/severe-landing': ['landing.severe'],
  'signs/unloaded': ['tl[n].unloaded'],
  'signs/loaded-at': ['tl[n].unloaded'],
};

/**
 * Cases of these indicators (families) on the kept past with these settings, by the code of the live evaluation; the
 * normal that was learned (`learned`) is taken as it is, one that was not is learned from the past itself. Cases are of
 * indicators: a rule may need several for a finding, or explain one by another.
 */
export function backTestSettings(
  settings: ConditionSettings,
  families: ReadonlySet<string>,
  learned: SpreaderState | undefined,
  past: Iterable<PastInput>,
): { readonly cases: PastCase[]; readonly observations: number } {
  const state = freshState('spr_back-test', '');
  for (const [feature, track] of Object.entries(learned?.tracks ?? {})) {
    const spec = specOf(settings, feature);
    if (!spec || !track.baseline || !families.has(spec.id)) continue;
    state.tracks[feature] = {
      n: 0,
      values: [],
      times: [],
      refused: 0,
      baseline: structuredClone(track.baseline),
      limits: spec.limits.map(() => ({ step: 0 })),
    };
  }
  state.sendsOilTemp = learned?.sendsOilTemp ?? false;
  const cases: PastCase[] = [];
  const open = new Map<string, { step: Step; from: number }>();
  let observations = 0;
  const observe = (feature: string, at: number, value: number): void => {
    if (!families.has(parseSignal(feature).family)) return;
    observations += 1;
    state.dataUntil = at;
    observeFeature(settings, state, feature, at, value, true);
    const step = lookUp(settings, state, feature)?.step ?? 0;
    const now = open.get(feature);
    if (step > 0 && (!now || step > now.step)) open.set(feature, { step, from: now?.from ?? at });
    else if (step === 0 && now) {
      cases.push({ feature, level: levelOf(now.step) as PastCase['level'], from: now.from, to: at });
      open.delete(feature);
    }
  };
  const windows = windowsFor(settings, families);
  for (const input of past) {
    if ('features' in input) ofMove(settings, families, input, observe);
    else ofMinute(windows, state, input, observe);
  }
  for (const [feature, { step, from }] of open)
    cases.push({ feature, level: levelOf(step) as PastCase['level'], from, to: null });
  return { cases: cases.sort((a, b) => a.from - b.from || (a.feature < b.feature ? -1 : 1)), observations };
}

function ofMove(
  settings: ConditionSettings,
  families: ReadonlySet<string>,
  move: Extract<PastInput, { features: object }>,
  observe: (feature: string, at: number, value: number) => void,
): void {
  const { features, at } = move;
  const seen = { ...features, ...signsOfRecord(settings, move) };
  for (const [feature, value] of Object.entries(seen)) observe(feature, at, value);
  if (!move.locked) return;
  // Of what happened or not only what happened is kept: the moves without it count as well.
  for (const family of families) {
    const spec = specOf(settings, family);
    if (spec?.statistic !== 'count') continue;
    for (const feature of placesOf(spec, features)) if (seen[feature] === undefined) observe(feature, at, 0);
  }
}

/** Concrete features of an indicator in a move: at the corners that locked in it. */
function placesOf({ id }: TrackSpec, features: Readonly<Record<string, number>>): string[] {
  if (!id.includes('[n]')) return [id];
  return Array.from({ length: 8 }, (_, i) => i + 1)
    .filter((n) => features[signalAt('tl[n].lockTime', n)] !== undefined)
    .map((n) => signalAt(id, n));
}

interface PastWindow {
  readonly spec: WindowSpec;
  readonly states: Map<string, WindowState>;
}

/** Windows of signals whose own minutes are kept in place of the window's means. */
function windowsFor(settings: ConditionSettings, families: ReadonlySet<string>): PastWindow[] {
  const sampled = new Set(settings.windows.map(({ signal }) => signal));
  return settings.windows
    .filter(({ feature }) => families.has(feature) && sampled.has(feature))
    .map((spec) => ({ spec, states: new Map() }));
}

function ofMinute(
  windows: readonly PastWindow[],
  state: SpreaderState,
  { at, signal, mean }: Extract<PastInput, { signal: string }>,
  observe: (feature: string, at: number, value: number) => void,
): void {
  state.latest[signal] = [mean, at];
  if (signal === 'hyd.oilTemp') noteOilTemp(state, at, mean);
  const { family } = parseSignal(signal);
  let windowed = false;
  for (const { spec, states } of windows) {
    if (spec.signal !== family) continue;
    windowed = true;
    const gate = spec.gate ? state.latest[spec.gate.signal] : undefined;
    if (spec.gate) {
      const value = gate && at - gate[1] <= 120_000 ? gate[0] : undefined;
      if (typeof value !== 'number' || value < spec.gate.from || value > spec.gate.to) continue;
    }
    let own = states.get(signal);
    if (!own) states.set(signal, (own = freshWindow()));
    const out: WindowValue[] = [];
    // A minute stands for all its samples.
    addToWindow({ ...spec, minSamples: 1 }, own, at, mean, out);
    for (const value of out) if (value.feature === spec.feature) observe(signal, value.at, value.value);
  }
  if (!windowed) observe(signal, at, mean);
}
