import type { Series } from '../api/queries';

/** Where a limit lies. */
export interface Limit {
  readonly level: Series['limits'][number]['level'];
  readonly value: number;
  readonly side: 'above' | 'below';
}

/** What a chart says, for people who don't see it. Times in ms. */
export interface ChartSummary {
  readonly points: number;
  readonly mean: number;
  readonly lowest: number;
  readonly lowestAt: number;
  readonly highest: number;
  readonly highestAt: number;
  /** Points on the wrong side of the limit, and points in all; null without a limit. */
  readonly over: { readonly limit: Limit; readonly n: number; readonly of: number } | null;
}

/** Limits of a series, with the limit that the finding passed put first when the series does not have it. */
export function limitsOf(series: Series, passed: { value: number; level: Limit['level']; side: Limit['side'] } | null): Limit[] {
  const own = series.limits.flatMap(({ level, above, below }): Limit[] => [
    ...(above === undefined ? [] : [{ level, value: above, side: 'above' as const }]),
    ...(below === undefined ? [] : [{ level, value: below, side: 'below' as const }]),
  ]);
  if (!passed || own.some(({ value }) => Math.abs(value - passed.value) <= Math.abs(value) * 0.005)) return own;
  return [passed, ...own];
}

/** The limit the summary counts by: the one the finding passed, else the mildest of the series. */
const countedLimit = (limits: readonly Limit[]): Limit | undefined => limits[0];

/** Mean (weighted by samples), lowest, highest and how often over the limit; null when there is no value at all. */
export function summarise(series: Series, limits: readonly Limit[] = []): ChartSummary | null {
  let samples = 0;
  let sum = 0;
  let points = 0;
  let over = 0;
  let lowest = Infinity;
  let highest = -Infinity;
  let lowestAt = 0;
  let highestAt = 0;
  const limit = countedLimit(limits);
  for (const [i, t] of series.t.entries()) {
    const mean = series.mean[i] ?? null;
    if (mean === null) continue;
    const low = series.min[i] ?? mean;
    const high = series.max[i] ?? mean;
    const weight = Math.max(1, series.count[i] ?? 1);
    points++;
    samples += weight;
    sum += mean * weight;
    if (low < lowest) [lowest, lowestAt] = [low, t];
    if (high > highest) [highest, highestAt] = [high, t];
    if (limit && (limit.side === 'above' ? high > limit.value : low < limit.value)) over++;
  }
  if (points === 0) return null;
  return {
    points,
    mean: sum / samples,
    lowest,
    lowestAt,
    highest,
    highestAt,
    over: limit ? { limit, n: over, of: points } : null,
  };
}
