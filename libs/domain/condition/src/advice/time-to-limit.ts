import type { RemainingLife } from '@quaywatch/contracts';
import { firstPassage, type NoPassage, type Passage } from '../detect/first-passage';
import { deviation, limitValue } from '../limits/limit';
import type { ConditionSettings, LimitSpec, TrackSpec } from '../settings';
import type { SpreaderState } from '../state';
import type { TrackState } from '../tracks/track';
import { specOf } from '../tracks/track-book';
import type { Verdict } from '../rules/rule';

/** What is said of the time to a limit, and when it should be looked at again (ms); null = when the finding changes. */
export interface TimeToLimit {
  readonly life: RemainingLife;
  readonly again: number | null;
}

/**
 * How long until the finding must be acted on: the time until the first of its main indicators reaches the limit "act
 * now", in lifts and as times at the pace of the course on record, or why that is not said. Undefined where there is
 * nothing to reach: it must be acted on already, or no indicator with such a limit speaks for it (ISO 13374 block PA).
 */
export function timeToLimit(
  settings: ConditionSettings,
  { tracks }: Pick<SpreaderState, 'tracks'>,
  { step, main = [] }: Verdict,
): TimeToLimit | undefined {
  if (step === 0 || step === 3) return undefined;
  let best: { readonly said: TimeToLimit; readonly middle: number } | undefined;
  let silent: TimeToLimit | undefined;
  for (const id of main) {
    const track = tracks[id];
    const spec = specOf(settings, id);
    if (!track || !spec) continue;
    for (const limit of spec.limits) {
      const end = endOf(limit, track);
      if (end === undefined) continue;
      const passage = passageOf(settings, track, limit, end);
      const said = say(settings, id, spec, track, end, passage);
      if (typeof passage === 'string') silent ??= said;
      else if (!best || passage.middle < best.middle) best = { said, middle: passage.middle };
    }
  }
  return best?.said ?? silent;
}

/** Value at which "act now" begins on the side to which the indicator moved; undefined where it is not to be reached. */
function endOf(limit: LimitSpec, track: TrackState): { readonly value: number; readonly up: boolean } | undefined {
  const now = track.trend?.points.at(-1)?.[3] ?? track.values.at(-1);
  if (now === undefined) return undefined;
  const baseline = track.baseline?.learnt?.center ?? null;
  if (Number.isNaN(deviation(limit, now, baseline))) return undefined;
  const value = limitValue(limit, 3, now, baseline);
  if (value === null) return undefined;
  const up =
    limit.side === 'above' || (limit.side === 'both' && now >= (limit.measure === 'value' ? 0 : (baseline ?? 0)));
  return { value, up };
}

/** In observations of the indicator from the newest one on. */
function passageOf(
  { trend: settings }: ConditionSettings,
  track: TrackState,
  limit: LimitSpec,
  { value, up }: { readonly value: number; readonly up: boolean },
): Passage | NoPassage | 'incomplete' {
  const { trend } = track;
  if (!trend) return 'too_few';
  const begun = trend.points[0]?.[0] ?? track.n;
  const refused = track.refused - trend.refused;
  if (refused > settings.refused * (refused + track.n - begun)) return 'incomplete';
  const sign = up ? 1 : -1;
  const newest = trend.points.at(-1)?.[0] ?? track.n;
  const passage = firstPassage(
    settings,
    trend.points.map(([n, , , y]) => [n, sign * y] as const),
    sign * value,
    track.n - newest,
  );
  if (typeof passage === 'string') return passage;
  // It counts only after so many observations in a row; at the earliest those have begun already.
  const delay = limit.onAfter.count ?? 0;
  const { low, middle, high } = passage;
  return { low, middle: middle + delay, high: high === null ? null : high + delay };
}

function say(
  settings: ConditionSettings,
  signal: string,
  spec: TrackSpec,
  track: TrackState,
  end: { readonly value: number },
  passage: Passage | NoPassage | 'incomplete',
): TimeToLimit {
  const points = track.trend?.points ?? [];
  const [first, last] = [points[0], points.at(-1)];
  const now = track.times.at(-1) ?? 0;
  const life = {
    signal,
    unit: spec.unit,
    limit: Number(end.value.toPrecision(6)),
    points: points.length,
    from: first?.[2] ?? now,
    to: last?.[2] ?? now,
    coverage: settings.trend.coverage,
    provenance: {
      block: 'PA' as const,
      algorithm: `first-passage@${settings.model}`,
      version: '2',
      inputs: [signal],
    },
  };
  if (typeof passage === 'string' || !first || !last) {
    const why = typeof passage === 'string' ? passage : ('too_few' as const);
    return {
      life: { ...life, lifts: null, at: null, why },
      again: why === 'too_few' ? enough(settings, spec, track) : null,
    };
  }
  const observed = last[0] - first[0];
  const ms = (last[2] - first[2]) / observed;
  const lifts = (last[1] - first[1]) / observed;
  const scaled = (scale: number, start: number): { low: number; middle: number; high: number | null } => ({
    low: start + Math.round(scale * passage.low),
    middle: start + Math.round(scale * passage.middle),
    high: passage.high === null ? null : start + Math.round(scale * passage.high),
  });
  const at = scaled(ms, now);
  return { life: { ...life, lifts: lifts > 0 ? scaled(lifts, 0) : null, at, why: null }, again: at.middle };
}

/** When there will be points enough, at the pace of the last observations; null where that is not known. */
function enough({ trend: { least } }: ConditionSettings, spec: TrackSpec, track: TrackState): number | null {
  const { times, trend } = track;
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || times.length < 2) return null;
  const pace = (last - first) / (times.length - 1);
  const missing = least - (trend?.points.length ?? 0) + 1;
  return last + Math.ceil(missing * pace * (trend?.every ?? spec.recent));
}
