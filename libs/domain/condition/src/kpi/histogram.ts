/** Counts in bins that each are 5 % wide, by number of the bin: a quantile is right to within 2.5 %. JSON, bounded. */
export type Histogram = Record<string, number>;

const step = Math.log(1.05);

/** Counts a value above 0; others are counted as the smallest bin. Changes `into`. */
export function addValue(into: Histogram, value: number): void {
  const bin = String(value > 1e-6 ? Math.floor(Math.log(value) / step) : -300);
  into[bin] = (into[bin] ?? 0) + 1;
}

/** Adds all counts of `other`. Changes `into`. */
export function addHistogram(into: Histogram, other: Histogram): void {
  for (const [bin, n] of Object.entries(other)) into[bin] = (into[bin] ?? 0) + n;
}

/** Number of values counted. */
export const countOf = (histogram: Histogram): number => Object.values(histogram).reduce((sum, n) => sum + n, 0);

/** The value below which a share `p` of the values lies: middle of its bin, null when there are none. */
export function quantileOf(histogram: Histogram, p: number): number | null {
  const bins = Object.entries(histogram)
    .map(([bin, n]) => [Number(bin), n] as const)
    .sort((a, b) => a[0] - b[0]);
  const wanted = p * bins.reduce((sum, [, n]) => sum + n, 0);
  let seen = 0;
  for (const [bin, n] of bins) {
    seen += n;
    if (seen >= wanted && n > 0) return bin <= -300 ? 0 : Math.exp((bin + 0.5) * step);
  }
  return null;
}
