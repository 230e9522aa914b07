import type { Histogram } from '@quaywatch/contracts';
import type { SimulatedFrame } from '@quaywatch/domain/simulator';
import type { Body } from '../client/btu-client';

/** Histograms of an hour that is over, with its end, ms UTC. */
export interface RecordedHour {
  readonly endedAt: number;
  readonly bodies: readonly Body<'hist'>[];
}

const hour = 3_600_000;
const steps = (from: number, to: number, by: number): number[] =>
  Array.from({ length: Math.round((to - from) / by) + 1 }, (_, i) => from + i * by);

/** Signals whose values are counted, with the edges of their bins in the catalogue's units. */
const values: Readonly<Record<string, readonly number[]>> = {
  'hyd.press': steps(0, 200, 10),
  'hyd.oilTemp': steps(-20, 100, 5),
  'vib.rms': [0, 0.45, 1.12, 1.8, 2.8, 4.5, 7.1, 11.2, 18],
};
const loadEdges = steps(0, 60, 5);
const meanEdges = steps(0, 30, 10);

/**
 * Sorts what the device measures into bins, hour by hour: cyclic signals by value, and each lift as one load cycle (from
 * nothing to its load and back) by range and mean.
 */
export class HistogramRecorder {
  private hourEnd = 0;
  private since = 0;
  private counting = new Map<string, Histogram & { counts: number[] }>();

  /** Takes a frame; the hour that it is the first beyond, if there was something in it. */
  observe({ at, signals }: Pick<SimulatedFrame, 'at' | 'signals'>): RecordedHour | undefined {
    const over = at >= this.hourEnd ? this.finish() : undefined;
    if (at >= this.hourEnd) {
      const begun = Math.floor(at / hour) * hour;
      // The first hour is counted from where it began for this device.
      this.since = this.hourEnd === 0 ? at : begun;
      this.hourEnd = begun + hour;
    }
    for (const [signal, { values: column }] of Object.entries(signals)) {
      const edges = values[signal];
      for (const value of column) {
        if (typeof value !== 'number') continue;
        if (edges) this.count(signal, 'samples', [['value', edges, value]]);
        else if (signal === 'load.total' && value > 0)
          this.count(signal, 'cycles', [
            ['range', loadEdges, value],
            ['mean', meanEdges, value / 2],
          ]);
      }
    }
    return over;
  }

  private finish(): RecordedHour | undefined {
    const bodies = [...this.counting.values()].map((counted) => ({ ...counted, length: this.hourEnd - this.since }));
    this.counting = new Map();
    return bodies.length > 0 ? { endedAt: this.hourEnd, bodies } : undefined;
  }

  private count(
    signal: string,
    counted: Histogram['counted'],
    by: readonly (readonly [quantity: 'value' | 'range' | 'mean', edges: readonly number[], value: number])[],
  ): void {
    let known = this.counting.get(signal);
    if (!known) {
      const axes = by.map(([quantity, edges]) => ({ quantity, edges: [...edges] }));
      const bins = by.reduce((product, [, edges]) => product * (edges.length - 1), 1);
      known = { signal, counted, axes, counts: new Array<number>(bins).fill(0), outside: 0 };
      this.counting.set(signal, known);
    }
    let bin = 0;
    for (const [, edges, value] of by) {
      const i = edges.findIndex((edge, n) => value >= edge && value < (edges[n + 1] ?? -Infinity));
      if (i < 0) return void known.outside++;
      bin = bin * (edges.length - 1) + i;
    }
    known.counts[bin] = (known.counts[bin] ?? 0) + 1;
  }
}
