import { parseSignal } from '../moves/parse-signal';
import type { ConditionSettings, TrackSpec } from '../settings';
import type { SpreaderState } from '../state';
import { freshTrack, indicatorOf, observe, type Indicator } from './track';
import { significant } from '../robust/significant';

const books = new WeakMap<ConditionSettings, Map<string, TrackSpec | undefined>>();

/** The track specification of a feature (concrete or family), undefined when nothing tracks it. */
export function specOf(settings: ConditionSettings, feature: string): TrackSpec | undefined {
  let book = books.get(settings);
  if (!book) books.set(settings, (book = new Map(settings.tracks.map((spec) => [spec.id, spec]))));
  const known = book.get(feature);
  if (known || book.has(feature)) return known;
  const spec = book.get(parseSignal(feature).family);
  // Bounded whatever devices send; the answer depends on the arguments only.
  if (book.size < 5000) book.set(feature, spec);
  return spec;
}

/** Offers an observation of a feature to its track; false when no track takes it. Changes `state`. */
export function observeFeature(
  settings: ConditionSettings,
  state: SpreaderState,
  feature: string,
  at: number,
  value: number,
  clean: boolean,
): boolean {
  const spec = specOf(settings, feature);
  if (!spec) return false;
  const needsOil = spec.maskCold || spec.baseline?.context === 'oilTemp';
  const oil = needsOil ? oilTempAt(state, at) : null;
  // It will come, or came for other times: what cannot be matched now would be judged wrongly.
  if (spec.baseline?.context && oil === null && (state.sendsOilTemp || state.climate.length > 0)) return false;
  if (spec.maskCold && oil !== null && oil < settings.rules.coldOil) return false;
  const course = { settings: settings.trend, lifts: state.use?.cycles ?? 0 };
  observe(spec, (state.tracks[feature] ??= freshTrack(spec)), at, value, oil, clean, course);
  return true;
}

/** Indicators worked out already; a track changes only together with its `n`, and its specification with the settings. */
const indicators = new WeakMap<object, Shown>();

interface Shown {
  readonly n: number;
  readonly settings: ConditionSettings;
  readonly freshFor: number;
  readonly indicator: Indicator;
  /** The same when it is out of date. */
  stale?: Indicator;
}

/** The indicator of a feature now; not judged when it is out of date. Undefined when it was never observed. */
export function lookUp(settings: ConditionSettings, state: SpreaderState, feature: string): Indicator | undefined {
  const track = state.tracks[feature];
  if (!track) return undefined;
  let shown = indicators.get(track);
  if (!shown || shown.n !== track.n || shown.settings !== settings) {
    const spec = specOf(settings, feature);
    if (!spec) return undefined;
    shown = { n: track.n, settings, freshFor: spec.freshFor, indicator: indicatorOf(spec, feature, track) };
    indicators.set(track, shown);
  }
  const { indicator, freshFor } = shown;
  if (indicator.to >= (state.dataUntil ?? 0) - freshFor) return indicator;
  return (shown.stale ??= { ...indicator, judged: false });
}

/** Half hours of oil temperature remembered. */
const climateLength = 144;

/** Notes an oil temperature for matching features with it later. */
export function noteOilTemp(state: SpreaderState, at: number, value: number): void {
  const slot = Math.floor(at / 1_800_000);
  const { climate } = state;
  const last = climate.at(-1);
  if (last && last[0] === slot) {
    last[2] += 1;
    last[1] = significant(last[1] + (value - last[1]) / last[2], 7);
  } else if (!last || slot > last[0]) {
    climate.push([slot, value, 1]);
    if (climate.length > climateLength) climate.shift();
  }
}

/** Half hours that an oil temperature may be away. */
const nearby = 6;

/** Oil temperature nearest to a time (within three hours), Cel; null when not known. */
export function oilTempAt(state: SpreaderState, at: number): number | null {
  const slot = Math.floor(at / 1_800_000);
  let best: readonly [number, number, number] | undefined;
  for (let i = state.climate.length - 1; i >= 0; i--) {
    const entry = state.climate[i] as [number, number, number];
    if (!best || Math.abs(entry[0] - slot) < Math.abs(best[0] - slot)) best = entry;
    if (entry[0] <= slot) break;
  }
  return best && Math.abs(best[0] - slot) <= nearby ? best[1] : null;
}
