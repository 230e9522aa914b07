import { conditionDefaults, freshState, take, type Frame } from '@quaywatch/domain/condition';

/** A recorded machine as a device would send it: its signals at times, in columns of equal length. */
export interface DeviceSeries {
  /** Serial of the device. */
  readonly btu: string;
  readonly signals: readonly string[];
  /** ms, rising. */
  readonly at: readonly number[];
  /** time × signal */
  readonly rows: readonly (readonly number[])[];
  /** Rows that belong together, a movement each: they are sent as an `event` frame. Absent: sampled all the time. */
  readonly movement?: number;
}

/** Rows that one frame carries. */
const rowsOfFrame = 10;

/** A frame of the device: times and values by signal. */
export interface SeriesFrame {
  readonly seq: number;
  readonly signals: Readonly<Record<string, { readonly at: number[]; readonly values: number[] }>>;
}

/** The frames in which a device sends a series; sampled ones with the last row once more a second later, so that it is a row in full. */
export function framesOfSeries({ signals, at, rows, movement }: DeviceSeries): SeriesFrame[] {
  const times = movement ? at : [...at, (at.at(-1) ?? 0) + 1000];
  const values = movement ? rows : [...rows, rows.at(-1) ?? []];
  const size = movement ?? rowsOfFrame;
  const frames: SeriesFrame[] = [];
  for (let from = 0; from < times.length; from += size) {
    const own = times.slice(from, from + size);
    frames.push({
      seq: frames.length + 1,
      signals: Object.fromEntries(
        signals.map((signal, column) => [
          signal,
          { at: [...own], values: own.map((_, i) => values[from + i]?.[column] as number) },
        ]),
      ),
    });
  }
  return frames;
}

/** The stream that a device sends a series on. */
export const streamOf = ({ movement }: DeviceSeries): 'live' | 'event' => (movement ? 'event' : 'live');

/** The frames as ingest would write them to the log, made without it. */
export const directFrames = (series: DeviceSeries): Frame[] =>
  framesOfSeries(series).map(({ seq, signals }) => ({
    btu: series.btu,
    spreader: null,
    stream: streamOf(series),
    boot: 1,
    seq,
    receivedAt: 0,
    historical: true,
    clock: 'NTP',
    clockOffset: 0,
    samples: Object.entries(signals).map(([signal, column]) => ({ signal, ...column })),
  }));

/** What the live analysis says of all signals together, row by row from the first that is judged. */
export interface JudgedRows {
  /** Surprise of each sample of the first signal, as it comes. */
  readonly surprise: number[];
  /** Out of their normal. */
  readonly out: (0 | 1)[];
  /** Turns over with each change of level. */
  readonly turns: (0 | 1)[];
}

/** What the live analysis says of frames. */
export function judgedByLiveAnalysis(frames: Iterable<Frame>, settings = conditionDefaults): JudgedRows {
  const state = freshState('spr_score', 'org_score');
  const judged: JudgedRows = { surprise: [], out: [], turns: [] };
  let turn: 0 | 1 = 0;
  for (const frame of frames)
    for (const { group, out, changed, statistic } of take(settings, state, frame).watched) {
      if (group.startsWith('surprise ')) judged.surprise.push(statistic);
      if (group !== 'asset') continue;
      if (changed) turn = turn === 0 ? 1 : 0;
      judged.out.push(out ? 1 : 0);
      judged.turns.push(turn);
    }
  return judged;
}
