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
}

/** Rows that one frame carries. */
const rowsOfFrame = 10;

/** A frame of the device: times and values by signal. */
export interface SeriesFrame {
  readonly seq: number;
  readonly signals: Readonly<Record<string, { readonly at: number[]; readonly values: number[] }>>;
}

/** The frames in which a device sends a series; the last row once more a second later, so that it is a row in full. */
export function framesOfSeries({ signals, at, rows }: DeviceSeries): SeriesFrame[] {
  const times = [...at, (at.at(-1) ?? 0) + 1000];
  const values = [...rows, rows.at(-1) ?? []];
  const frames: SeriesFrame[] = [];
  for (let from = 0; from < times.length; from += rowsOfFrame) {
    const own = times.slice(from, from + rowsOfFrame);
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

/** The frames as ingest would write them to the log, made without it. */
export const directFrames = (series: DeviceSeries): Frame[] =>
  framesOfSeries(series).map(({ seq, signals }) => ({
    btu: series.btu,
    spreader: null,
    stream: 'live',
    boot: 1,
    seq,
    receivedAt: 0,
    historical: true,
    clock: 'NTP',
    clockOffset: 0,
    samples: Object.entries(signals).map(([signal, column]) => ({ signal, ...column })),
  }));

/** Whether the live analysis finds all signals together out of their normal, row by row from the first that is judged. */
export function outByLiveAnalysis(frames: Iterable<Frame>, settings = conditionDefaults): (0 | 1)[] {
  const state = freshState('spr_score', 'org_score');
  const out: (0 | 1)[] = [];
  for (const frame of frames)
    for (const reading of take(settings, state, frame).watched)
      if (reading.group === 'asset') out.push(reading.out ? 1 : 0);
  return out;
}
