import type { FinishedMove } from '../moves/close-move';
import type { Sample } from '../moves/parse-signal';
import type { ConditionSettings } from '../settings';
import type { SpreaderState } from '../state';
import { oilTempAt } from '../tracks/track-book';
import { addToAsset, freshAssetJoint } from './asset-joint';
import { addToSurprises, freshSurpriseBook, type SurpriseBook } from './asset-surprise';
import { addRow, freshGroup, type GroupState, type OpenRow, type Watched, type WatchReading } from './group';
import type { CourseState } from './courses';
import { watchBook } from './watch-book';
import type { Covariate } from './watch-settings';

/** What is remembered of all watched groups. JSON-serialisable, bounded. */
export interface WatchState {
  groups: Record<string, GroupState>;
  /** All sampled signals together, on assets that make no moves. */
  asset?: ReturnType<typeof freshAssetJoint>;
  /** How the values of single signals follow each other, on assets that make no moves. */
  surprise?: SurpriseBook;
  /** Courses of movements, by signal. */
  courses?: Record<string, CourseState>;
  /** When cases without a known failure mode were opened, ms, within the time of the budget. */
  opened: number[];
}

const watchOf = (state: SpreaderState): WatchState => (state.watch ??= { groups: {}, opened: [] });

/** Values of the covariates around which regressions are learned, so that slopes are of like size. */
const scaled: Readonly<Record<Covariate, readonly [at: number, per: number]>> = {
  load: [15, 10],
  oilTemp: [45, 10],
  ambient: [15, 10],
  mode: [0, 1],
};

type Known = Partial<Record<Covariate, number | null>>;

/** Covariates of a feature; undefined when one is not known, so that it would be judged wrongly. */
function covariates(on: readonly Covariate[], known: Known): number[] | undefined {
  const x: number[] = [];
  for (const name of on) {
    const value = known[name];
    if (value == null) return undefined;
    const [at, per] = scaled[name];
    x.push((value - at) / per);
  }
  return x;
}

const cornerLoad = /^tl\[\d\]\.load$/;

/** Works a completed move, with all that was derived from it, into the groups of move rows. Changes `state`. */
export function watchMove(
  { watch: settings, signs }: ConditionSettings,
  state: SpreaderState,
  record: FinishedMove['record'],
  shown: Readonly<Record<string, number>>,
  out: WatchReading[],
): void {
  if (record.result !== 'completed') return;
  const hot = oilTempAt(state, record.endedAt);
  const known: Known = {
    load: record.load,
    // On an asset that does not measure it the slope stays at nothing.
    oilTemp: hot ?? (state.sendsOilTemp || state.climate.length > 0 ? null : scaled.oilTemp[0]),
    mode: record.class === 'single20' ? 0 : 1,
  };
  // Corners that contradict the load are not learned from.
  const differ = Math.abs(shown['load.sumError'] ?? 0) > 100 * signs.loadsDiffer;
  const { groups } = watchOf(state);
  for (const group of watchBook(settings).moves) {
    if (!group.features.some(({ feature }) => feature in shown)) continue;
    const reading = addRow(
      settings,
      group,
      (groups[group.component] ??= freshGroup()),
      record.endedAt,
      (feature) => (differ && cornerLoad.test(feature) ? undefined : shown[feature]),
      ({ on }) => covariates(on, known),
    );
    if (reading) out.push(reading);
  }
}

/** Works one plausible sample of the `live` stream into the groups of window rows. O(1). Changes `state`. */
export function watchSample(
  { watch: settings }: ConditionSettings,
  state: SpreaderState,
  { signal, at }: Sample,
  value: number,
  out: WatchReading[],
): void {
  if (!state.makesMoves) {
    const watch = watchOf(state);
    addToAsset(settings, (watch.asset ??= freshAssetJoint()), signal, at, value, out);
    addToSurprises(settings, (watch.surprise ??= freshSurpriseBook()), signal, at, value, out);
    return;
  }
  const groups = watchBook(settings).bySignal.get(signal);
  if (!groups) return;
  for (const { group, within } of groups) {
    const counts = !within || (value >= within[0] && value <= within[1]);
    const own = (watchOf(state).groups[group.component] ??= freshGroup());
    const index = Math.floor(at / settings.window);
    if (own.open && index < own.open.index) continue;
    if (own.open && index > own.open.index) closeWindow(settings, state, group, own, own.open, out);
    const row: OpenRow = own.open?.index === index ? own.open : (own.open = { index, sums: {} });
    if (!counts) continue;
    const sum = (row.sums[signal] ??= [0, 0]);
    sum[0] += 1;
    sum[1] += value;
  }
}

function closeWindow(
  settings: ConditionSettings['watch'],
  state: SpreaderState,
  group: Watched,
  own: GroupState,
  { index, sums }: OpenRow,
  out: WatchReading[],
): void {
  const at = (index + 1) * settings.window;
  // Only while it works: at rest everything cools down, which is no change of the machine.
  if (state.moves.at < at - 3 * settings.window) return;
  const mean = (name: string): number | undefined => {
    const sum = sums[name];
    return sum && sum[0] >= settings.minSamples ? sum[1] / sum[0] : undefined;
  };
  const ambient = state.latest['env.temp'];
  const known: Known = {
    oilTemp: oilTempAt(state, at - settings.window / 2),
    ambient: typeof ambient?.[0] === 'number' && Math.abs(ambient[1] - at) <= 2 * settings.window ? ambient[0] : null,
  };
  const reading = addRow(settings, group, own, at, mean, ({ on }) => covariates(on, known));
  if (reading) out.push(reading);
}
