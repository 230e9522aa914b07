import { median } from './median';

/**
 * Slope of a line through points by the median of all pairwise slopes (Theil 1950, Sen 1968): holds with up to 29 %
 * wild points. y-unit per x-unit; NaN when all x are equal. O(n²): for short lists only.
 */
export function theilSenSlope(x: readonly number[], y: readonly number[]): number {
  const slopes: number[] = [];
  for (let i = 0; i < x.length; i++) {
    for (let j = i + 1; j < x.length; j++) {
      const dx = (x[j] as number) - (x[i] as number);
      if (dx !== 0) slopes.push(((y[j] as number) - (y[i] as number)) / dx);
    }
  }
  return median(slopes);
}
