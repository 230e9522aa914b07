import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import type { Series } from '../api/queries';
import { timeWords } from '../time/format-time';
import type { Limit } from './chart-summary';
import { colourOf, drawMarks, isolated } from './chart-marks';

/** What the chart shows; numbers are divided by `per` for the axis. */
export interface SignalChartProps {
  readonly series: Series;
  readonly limits: readonly Limit[];
  readonly firstSeenAt: number | null;
  /** Ends of the time axis, ms. */
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
  readonly per: number;
  readonly words: Readonly<Record<'limit' | 'firstSeen' | 'mean' | 'lowest' | 'highest', string>>;
  readonly valueText: (value: number) => string;
}

const height = 260;

const dataOf = ({ series, per }: SignalChartProps): uPlot.AlignedData => {
  const scaled = (values: readonly (number | null)[]): (number | null)[] => values.map((value) => (value === null ? null : value / per));
  return [series.t.map((at) => at / 1000), scaled(series.max), scaled(series.min), scaled(series.mean)];
};

/** The signal over time: mean as a line, lowest to highest as a band, limits dashed. The words beside it say the same. */
export default function SignalChart(props: SignalChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLParagraphElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(options(element, latest, readout), dataOf(latest.current), element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [props.timeZone]);
  useEffect(() => plot.current?.setData(dataOf(props)), [props.series, props.limits, props.from, props.to, props.per]);

  return (
    <>
      <div ref={box} className="chart" aria-hidden="true" style={{ height }} />
      <p ref={readout} className="chart-readout small muted" aria-hidden="true" />
    </>
  );
}

function options(
  element: HTMLElement,
  latest: { readonly current: SignalChartProps },
  readout: { readonly current: HTMLElement | null },
): uPlot.Options {
  const times = timeWords(latest.current.timeZone);
  const line = colourOf(element, '--accent');
  const text = colourOf(element, '--muted');
  const grid = colourOf(element, '--line');
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const axis: uPlot.Axis = { stroke: text, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  const midnight = (at: number): boolean => times.clock(at * 1000) === '00:00';
  return {
    width: element.clientWidth,
    height,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), times.timeZone),
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
    scales: {
      x: { range: () => [latest.current.from / 1000, latest.current.to / 1000] },
      y: { range: () => rangeOf(latest.current) },
    },
    series: [
      {},
      { stroke: 'transparent', points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      {
        stroke: line,
        width: 1.6,
        points: { show: false, size: 4, stroke: line, fill: line, filter: (u, i) => isolated(u.data[i] ?? []) },
      },
    ],
    bands: [{ series: [1, 2], fill: colourOf(element, '--band') }],
    axes: [
      {
        ...axis,
        space: 64,
        values: (_u, splits, _axis, _space, step) =>
          splits.map((at) => (step >= 86_400 || midnight(at) ? times.day(at * 1000) : times.clock(at * 1000))),
      },
      { ...axis, size: 52 },
    ],
    hooks: {
      draw: [(u) => drawMarks(u, element, latest.current, font)],
      setCursor: [
        (u) => {
          if (!readout.current) return;
          const i = u.cursor.idx;
          const { series, words, valueText } = latest.current;
          const mean = i === null || i === undefined ? null : (series.mean[i] ?? null);
          if (i === null || i === undefined || mean === null) {
            readout.current.textContent = '';
            return;
          }
          const part = (word: string, value: number | null | undefined): string =>
            value === null || value === undefined ? '' : `${word} ${valueText(value)}`;
          readout.current.textContent = [
            times.dateTime(series.t[i] ?? 0),
            part(words.mean, mean),
            part(words.lowest, series.min[i]),
            part(words.highest, series.max[i]),
          ]
            .filter(Boolean)
            .join(' · ');
        },
      ],
    },
  };
}

/** All values and all limits, with a little air. */
function rangeOf({ series, limits, per }: SignalChartProps): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const values of [series.min, series.max, series.mean]) {
    for (const value of values) {
      if (value === null) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return [0, 1];
  const [first] = limits;
  const span = Math.max(high - low, Math.abs(high) * 0.05);
  for (const limit of limits) {
    // The first limit is the one that was passed: it is always seen; others when they are near.
    if (limit !== first && (limit.value < low - span || limit.value > high + span)) continue;
    low = Math.min(low, limit.value);
    high = Math.max(high, limit.value);
  }
  const air = (high - low || Math.abs(high) || 1) * 0.08;
  return [(low - air) / per, (high + air) / per];
}
