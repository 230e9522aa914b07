import { findSignal, signalAt } from '@quaywatch/contracts';
import { addToWindow, freshWindow, type WindowValue } from './aggregate/window';
import { addToGeneric, freshGeneric, isDisturbed } from './generic/deviation';
import { noteLatest } from './latest';
import { parseSignal, type Sample } from './moves/parse-signal';
import { noteSpan } from './moves/move-machine';
import { noteFlat } from './quality/flat';
import { noteImplausible, notePlausible } from './quality/implausible';
import type { ConditionSettings, WindowSpec } from './settings';
import type { SpreaderState } from './state';
import { noteOilTemp, observeFeature } from './tracks/track-book';
import { watchSample } from './watch/feed-watch';
import type { WatchReading } from './watch/group';

/** How far apart (ms) two signals may be sampled to be taken as simultaneous. */
const together = 120_000;

/** What a `live` frame led to: whether anything can be judged anew, and the features that its windows gave. */
export interface LiveOutcome {
  readonly dirty: boolean;
  readonly derived: readonly Sample[];
}

/** Takes the samples of one `live` frame in order of time; adds to `watched` what they came to. Changes `state`. */
export function feedLive(
  settings: ConditionSettings,
  state: SpreaderState,
  samples: readonly Sample[],
  watched: WatchReading[],
): LiveOutcome {
  const features: WindowValue[] = [];
  let generic = false;
  for (const sample of samples) {
    noteLatest(state, sample);
    const { signal, at, value } = sample;
    if (typeof value !== 'number') continue;
    const plan = planOf(settings, signal);
    if (!plausible(plan, value)) {
      noteImplausible(settings, state, signal, at);
      continue;
    }
    if (state.implausible) notePlausible(settings, state, signal, at);
    if (signal === 'hyd.oilTemp') noteOilTemp(state, at, value);
    if (signal === 'len.mm') noteSpan(settings.moves, state.moves, at, value);
    noteFlat(settings, state, signal, at, value);
    watchSample(settings, state, sample, value, watched);
    for (const spec of plan.windows) {
      const less = spec.minus === undefined ? 0 : simultaneous(state, spec.minus, at);
      if (less === undefined) continue;
      if (spec.gate) {
        const gate = spec.gate.signal === signal ? value : simultaneous(state, spec.gate.signal, at);
        if (gate === undefined || gate < spec.gate.from || gate > spec.gate.to) continue;
      }
      addToWindow(spec, (state.windows[spec.feature] ??= freshWindow()), at, value - less, features);
    }
    // On a spreader that makes moves, what the catalogue knows depends on the work and is judged by rules only.
    if (state.makesMoves && plan.known) continue;
    let own = state.generic[signal];
    if (!own) {
      if (Object.keys(state.generic).length >= settings.generic.signals) continue;
      own = state.generic[signal] = freshGeneric();
    }
    const closed = addToGeneric(settings.generic, own, at, value);
    generic ||= closed && isDisturbed(own);
  }
  for (const { feature, at, value } of features) observeFeature(settings, state, feature, at, value, true);
  // A window named as its signal has that signal's own minutes already.
  const derived = features.filter(({ feature }) => windowsOf(settings, parseSignal(feature).family).length === 0);
  return {
    dirty: generic || features.length > 0 || watched.some(({ out }) => out),
    derived: derived.map(({ feature, at, value }) => ({ signal: feature, at, value })),
  };
}

/** What is to be done with the samples of one signal; the same for every sample, so it is looked up once. */
interface SignalPlan {
  /** In the catalogue, and the values that can be real. */
  readonly known: boolean;
  readonly range: readonly [number, number] | undefined;
  /** Windows over it, at its position. */
  readonly windows: readonly WindowSpec[];
}

const plans = new WeakMap<ConditionSettings, Map<string, SignalPlan>>();

function planOf(settings: ConditionSettings, signal: string): SignalPlan {
  let book = plans.get(settings);
  if (!book) plans.set(settings, (book = new Map()));
  const found = book.get(signal);
  if (found) return found;
  const { family, position } = parseSignal(signal);
  const entry = findSignal(signal);
  const plan = {
    known: entry !== undefined,
    range: entry?.plausible,
    windows: windowsOf(settings, family).map((spec) =>
      position > 0 ? { ...spec, feature: signalAt(spec.feature, position) } : spec,
    ),
  };
  // Bounded whatever devices send; the answer depends on the arguments only.
  if (book.size < 5000) book.set(signal, plan);
  return plan;
}

const windowBooks = new WeakMap<ConditionSettings, ReadonlyMap<string, readonly WindowSpec[]>>();

/** Windows over a family of signals. */
function windowsOf(settings: ConditionSettings, family: string): readonly WindowSpec[] {
  let book = windowBooks.get(settings);
  if (!book) {
    const made = new Map<string, WindowSpec[]>();
    for (const spec of settings.windows) made.set(spec.signal, [...(made.get(spec.signal) ?? []), spec]);
    windowBooks.set(settings, (book = made));
  }
  return book.get(family) ?? none;
}

const none: readonly WindowSpec[] = [];

/** The data quality gate for samples: what cannot be real is a fault of the sensor, not of the machine. */
function plausible({ range }: SignalPlan, value: number): boolean {
  return Number.isFinite(value) && (!range || (value >= range[0] && value <= range[1]));
}

function simultaneous(state: SpreaderState, signal: string, at: number): number | undefined {
  const seen = state.latest[signal];
  return seen && typeof seen[0] === 'number' && Math.abs(seen[1] - at) <= together ? seen[0] : undefined;
}
