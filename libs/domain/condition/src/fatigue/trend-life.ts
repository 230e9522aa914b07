/** When a limit will be reached if things go on as they do, ms from the last point. */
export interface TrendLife {
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

/** Points needed, and the time they must span, ms. */
const least = { points: 8, span: 6 * 3_600_000 };

/**
 * Time to a limit by the median of the slopes between all pairs of points, with an 80 % interval from the order of the
 * slopes (Theil 1950; Sen 1968: its width follows from the variance of Kendall's S). Undefined where there is too
 * little, or the slope is not surely upwards: then nothing can be said. O(points²).
 */
export function trendLife(
  points: readonly (readonly [at: number, value: number])[],
  limit: number,
): TrendLife | undefined {
  const n = points.length;
  const last = points.at(-1);
  const first = points[0];
  if (!first || !last || n < least.points || last[0] - first[0] < least.span || last[1] >= limit) return undefined;
  const slopes: number[] = [];
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      const [a, b] = [points[i], points[j]] as [readonly [number, number], readonly [number, number]];
      if (b[0] > a[0]) slopes.push((b[1] - a[1]) / (b[0] - a[0]));
    }
  slopes.sort((a, b) => a - b);
  const width = 1.2816 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (index: number): number => slopes[Math.max(0, Math.min(slopes.length - 1, Math.round(index)))] as number;
  const [low, middle, high] = [
    at((slopes.length - width) / 2),
    at((slopes.length - 1) / 2),
    at((slopes.length + width) / 2),
  ];
  if (!(low > 0)) return undefined;
  // From the level of the line at the end, not from the last point alone.
  const levels = points.map(([time, value]) => value + middle * (last[0] - time)).sort((a, b) => a - b);
  const left = Math.max(0, limit - (levels[n >> 1] as number));
  return { middle: left / middle, low: left / high, high: left / low };
}
