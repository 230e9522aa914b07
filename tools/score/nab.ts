import {
  addToSurprise,
  conditionDefaults,
  freshSurprise,
  surpriseDefaults,
  type Frame,
  type SurpriseSettings,
} from '@quaywatch/domain/condition';
import { join } from 'node:path';
import { directFrames, judgedByLiveAnalysis, type DeviceSeries } from './device-series';
import { has, othersOf, published, text } from './read';
import type { ScoreLine } from './result';

/** What is used of the official scorer. */
export interface NabScorer {
  PROFILES: Record<string, object>;
  geometry(times: string[], windows: [string, string][]): NabGeometry;
  probationRows(rows: number): number;
  scoreAt(
    series: { g: NabGeometry; s: Float64Array }[],
    profile: object,
    threshold: number,
  ): { raw: number; fpRows: number; tpWin: number; fnWin: number };
  nabScore(
    series: { g: NabGeometry; s: Float64Array }[],
    options?: { thresholds: Record<string, number> },
  ): Record<string, { score: number; fpRows: number; tpWin: number; fnWin: number }>;
}

/** Where the windows of a series are. */
export interface NabGeometry {
  readonly nWindows: number;
}

/** One series: file, values, windows, and the rows that may be learned from. */
export interface NabSeries {
  readonly file: string;
  readonly values: number[];
  readonly g: NabGeometry;
  readonly learn: number;
}

const clean = (time: string): string => time.replace(/\.0+$/, '');

/** All series of a folder that are there; tells which are not. */
export function readNab(folder: string, scorer: NabScorer): NabSeries[] {
  const windows = JSON.parse(text(join(folder, 'windows.json'))) as Record<string, [string, string][]>;
  return Object.entries(windows).flatMap(([file, spans]): NabSeries[] => {
    if (!has(join(folder, 'data', file))) {
      console.log(`nab: ${file} has windows but is not there, left out`);
      return [];
    }
    const rows = text(join(folder, 'data', file))
      .trim()
      .split(/\r?\n/)
      .slice(1)
      .map((row) => row.split(','));
    const times = rows.map(([time = '']) => clean(time));
    return [
      {
        file,
        values: rows.map(([, value]) => Number(value)),
        g: scorer.geometry(
          times,
          spans.map(([from, to]) => [clean(from), clean(to)]),
        ),
        learn: Math.max(2, Math.floor(scorer.probationRows(rows.length))),
      },
    ];
  });
}

/** Surprise of every sample of a series, as it comes. */
export function surpriseOf({ values }: NabSeries, settings: SurpriseSettings): Float64Array {
  const state = freshSurprise();
  return Float64Array.from(values, (value) => addToSurprise(settings, state, value));
}

/** The official scores of surprises, with the threshold of the settings. */
function scoresOf(scorer: NabScorer, all: readonly NabSeries[], surprises: readonly Float64Array[]) {
  const { alarm } = surpriseDefaults(1);
  const thresholds = { standard: alarm, reward_low_FP_rate: alarm, reward_low_FN_rate: alarm };
  return scorer.nabScore(
    all.map(({ g }, i) => ({ g, s: surprises[i] as Float64Array })),
    { thresholds },
  );
}

/**
 * The series as devices: each is a signal of an asset that makes no moves, which the live analysis watches by surprise,
 * once after `transport`, which carries it through the broker and the log, and once directly.
 */
export async function scoreNabThrough(
  folder: string,
  scorer: NabScorer,
  transport: (series: readonly DeviceSeries[]) => Promise<ReadonlyMap<string, readonly Frame[]>>,
): Promise<ScoreLine[]> {
  const all = readNab(folder, scorer);
  // A second from sample to sample, up to yesterday: devices store data for some months at most.
  const end = Math.floor(Date.now() / 1000) * 1000 - 86_400_000;
  const devices = all.map(({ file, values }, i): DeviceSeries => ({
    btu: `NAB-${i + 1}-${file.replace(/^.*\/|\..*$/g, '').replace(/[^A-Za-z0-9]+/g, '-')}`.slice(0, 60),
    signals: ['raw:value'],
    at: values.map((_, t) => end - 1000 * (values.length - t)),
    rows: values.map((value) => [value]),
  }));
  const arrived = await transport(devices);
  const { watch } = conditionDefaults;
  /** As it is live, with the learning time of the benchmark set for each asset. */
  const live = (frames: Iterable<Frame>, { learn, values }: NabSeries): Float64Array =>
    Float64Array.from(
      judgedByLiveAnalysis(frames, {
        ...conditionDefaults,
        watch: { ...watch, surprise: { ...watch.surprise, detector: surpriseDefaults(learn) } },
        // The last row is sent once more, so that it is a row in full.
      }).surprise.slice(0, values.length),
    );
  const ways = {
    'through MQTT and the log': all.map((one, i) => live(arrived.get(devices[i]?.btu ?? '') ?? [], one)),
    direct: all.map((one, i) => live(directFrames(devices[i] as DeviceSeries), one)),
    detector: all.map((one) => surpriseOf(one, surpriseDefaults(one.learn))),
  };
  const same = new Set(Object.values(ways).map((way) => JSON.stringify(way.map((list) => [...list])))).size === 1;
  const rows = all.reduce((sum, { values }) => sum + values.length, 0);
  return [
    {
      what: 'nab: live analysis behind MQTT = direct call = detector',
      least: 'identical',
      aim: '',
      ours: same ? 'identical' : 'different',
      met: same,
      note: `${all.length} devices, ${rows} judged rows, row by row; ${Object.entries(ways)
        .map(([name, way]) => `${name}: ${scoresOf(scorer, all, way)['standard']?.score.toFixed(1)}`)
        .join('; ')}`,
    },
  ];
}

/** Numenta Anomaly Benchmark: the surprise detector on each series alone, threshold fixed in its settings. */
export function scoreNab(folder: string, scorer: NabScorer): ScoreLine[] {
  const series = readNab(folder, scorer);
  const surprises = series.map((one) => surpriseOf(one, surpriseDefaults(one.learn)));
  const { standard, reward_low_FP_rate: lowFp, reward_low_FN_rate: lowFn } = scoresOf(scorer, series, surprises);
  const score = standard?.score ?? 0;
  const others = published<{ standard: number }>(folder);
  const sorted = Object.fromEntries(Object.entries(others.scores).sort(([, a], [, b]) => b.standard - a.standard));
  return [
    {
      what: 'NAB standard, threshold fixed',
      least: '62',
      aim: '70',
      ours: score.toFixed(1),
      met: score >= 62,
      note: `${series.length} series; windows found ${standard?.tpWin}, missed ${standard?.fnWin}, false rows ${standard?.fpRows}; low FP ${lowFp?.score.toFixed(1)}, low FN ${lowFn?.score.toFixed(1)}`,
      ...othersOf({ ...others, scores: sorted }, ({ standard: value }) => `${value}`),
    },
  ];
}
