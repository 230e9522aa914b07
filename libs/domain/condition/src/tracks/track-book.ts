import { parseSignal } from '../moves/parse-signal';
import type { ConditionSettings, TrackSpec } from '../settings';
import type { SpreaderState } from '../state';
import { freshTrack, indicatorOf, observe, type Indicator } from './track';

const books = new WeakMap<ConditionSettings, ReadonlyMap<string, TrackSpec>>();

/** The track specification of a feature (concrete or family), undefined when nothing tracks it. */
export function specOf(settings: ConditionSettings, feature: string): TrackSpec | undefined {
  let book = books.get(settings);
  if (!book) books.set(settings, (book = new Map(settings.tracks.map((spec) => [spec.id, spec]))));
  return book.get(parseSignal(feature).family);
}

/** Offers an observation of a feature to its track; does nothing when no track wants it. Changes `state`. */
export function observeFeature(
  settings: ConditionSettings,
  state: SpreaderState,
  feature: string,
  at: number,
  value: number,
  clean: boolean,
): void {
  const spec = specOf(settings, feature);
  if (!spec) return;
  const needsOil = spec.maskCold || spec.baseline?.context === 'oilTemp';
  const oil = needsOil ? oilTempAt(state, at) : null;
  // It will come, or came for other times: what cannot be matched now would be judged wrongly.
  if (spec.baseline?.context && oil === null && (state.sendsOilTemp || state.climate.length > 0)) return;
  if (spec.maskCold && oil !== null && oil < settings.rules.coldOil) return;
  observe(spec, (state.tracks[feature] ??= freshTrack(spec)), at, value, oil, clean);
}

/** Indicators worked out already; a track changes only together with its `n`. */
const indicators = new WeakMap<object, { n: number; indicator: Indicator }>();

/** The indicator of a feature now; not judged when it is out of date. Undefined when it was never observed. */
export function lookUp(settings: ConditionSettings, state: SpreaderState, feature: string): Indicator | undefined {
  const track = state.tracks[feature];
  const spec = specOf(settings, feature);
  if (!track || !spec) return undefined;
  const known = indicators.get(track);
  const indicator = known?.n === track.n ? known.indicator : indicatorOf(spec, feature, track);
  if (known?.n !== track.n) indicators.set(track, { n: track.n, indicator });
  const fresh = indicator.to >= (state.dataUntil ?? 0) - spec.freshFor;
  return fresh ? indicator : { ...indicator, judged: false };
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
    last[1] = Number((last[1] + (value - last[1]) / last[2]).toPrecision(7));
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
