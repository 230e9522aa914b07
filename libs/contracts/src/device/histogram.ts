import { z } from 'zod';

/** One direction of a histogram: `edges` rise, and the last one closes the last bin. */
export const histogramAxis = z.strictObject({
  /** What is sorted into bins: a signal's value, or range and mean of its load cycles (rainflow, ASTM E1049). */
  quantity: z.enum(['value', 'range', 'mean']),
  /** In the signal's unit; bin i holds `edges[i]` ≤ x < `edges[i + 1]`. */
  edges: z.array(z.number()).min(2).max(129),
});

/** What the counts of a histogram count. */
export const histogramCounted = z.enum(['samples', 'seconds', 'cycles', 'events']);

/** Bins of one or two axes; `counts` has one number for each bin, the last axis fastest. */
export const histogram = z.strictObject({
  signal: z.string().min(1).max(64),
  counted: histogramCounted,
  axes: z.array(histogramAxis).min(1).max(2),
  counts: z.array(z.number().nonnegative()).max(4096),
  /** Counted, and in no bin. */
  outside: z.number().nonnegative(),
});

/** Bins of one or two axes. */
export type Histogram = z.infer<typeof histogram>;

/** Why a histogram makes no sense: edges that do not rise, or not as many counts as bins; undefined when it does. */
export function histogramFault({ axes, counts }: Pick<Histogram, 'axes' | 'counts'>): string | undefined {
  for (const { edges } of axes)
    for (let i = 1; i < edges.length; i++)
      if (!((edges[i] as number) > (edges[i - 1] as number))) return 'edges of a histogram must rise';
  const bins = axes.reduce((product, { edges }) => product * (edges.length - 1), 1);
  return counts.length === bins ? undefined : `${bins} counts are needed, one for each bin`;
}
