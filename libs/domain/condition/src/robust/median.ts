/** Median of the numbers; NaN when there is none. Does not change its argument. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/**
 * Robust spread: 1.4826 × median absolute deviation, which estimates the standard deviation of normal noise
 * (Rousseeuw & Croux 1993). In the unit of the values; 0 for constant ones.
 */
export function medianDeviation(values: readonly number[], center = median(values)): number {
  return 1.4826 * median(values.map((value) => Math.abs(value - center)));
}
