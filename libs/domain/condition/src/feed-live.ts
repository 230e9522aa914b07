import { findSignal, signalAt } from '@quaywatch/contracts';
import { addToWindow, freshWindow, type WindowValue } from './aggregate/window';
import { addToGeneric, freshGeneric } from './generic/deviation';
import { noteLatest } from './latest';
import { parseSignal, type Sample } from './moves/parse-signal';
import { noteSpan } from './moves/move-machine';
import { noteFlat } from './quality/flat';
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
    if (typeof value !== 'number' || !plausible(signal, value)) continue;
    if (signal === 'hyd.oilTemp') noteOilTemp(state, at, value);
    if (signal === 'len.mm') noteSpan(settings.moves, state.moves, at, value);
    noteFlat(settings, state, signal, at, value);
    watchSample(settings, state, sample, value, watched);
    const { family, position } = parseSignal(signal);
    for (const spec of windowsOf(settings, family)) {
      const less = spec.minus === undefined ? 0 : simultaneous(state, spec.minus, at);
      if (less === undefined) continue;
      if (spec.gate) {
        const gate = spec.gate.signal === signal ? value : simultaneous(state, spec.gate.signal, at);
        if (gate === undefined || gate < spec.gate.from || gate > spec.gate.to) continue;
      }
      const feature = position > 0 ? signalAt(spec.feature, position) : spec.feature;
      const given = position > 0 ? { ...spec, feature } : spec;
      addToWindow(given, (state.windows[feature] ??= freshWindow()), at, value - less, features);
    }
    // On a spreader that makes moves, what the catalogue knows depends on the work and is judged by rules only.
    if (state.makesMoves && findSignal(signal)) continue;
    if (!(signal in state.generic) && Object.keys(state.generic).length >= settings.generic.signals) continue;
    generic = addToGeneric(settings.generic, (state.generic[signal] ??= freshGeneric()), at, value) || generic;
  }
  for (const { feature, at, value } of features) observeFeature(settings, state, feature, at, value, true);
  // A window named as its signal has that signal's own minutes already.
  const derived = features.filter(({ feature }) => windowsOf(settings, parseSignal(feature).family).length === 0);
  return {
    dirty: generic || features.length > 0 || watched.length > 0,
    derived: derived.map(({ feature, at, value }) => ({ signal: feature, at, value })),
  };
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
function plausible(signal: string, value: number): boolean {
  const range = findSignal(parseSignal(signal).family)?.plausible;
  return Number.isFinite(value) && (!range || (value >= range[0] && value <= range[1]));
}

function simultaneous(state: SpreaderState, signal: string, at: number): number | undefined {
  const seen = state.latest[signal];
  return seen && typeof seen[0] === 'number' && Math.abs(seen[1] - at) <= together ? seen[0] : undefined;
}
