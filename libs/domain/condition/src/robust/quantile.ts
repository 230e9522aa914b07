/** The value below which the share (0…1) of the numbers lies, of numbers in rising order; null when there is none. */
export const quantileOfSorted = (sorted: readonly number[], share: number): number | null =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
