import { describe, expect, it } from '@jest/globals';
import { cholesky, halfSolve, solve } from './cholesky';

// The textbook example 4 12 -16 / 12 37 -43 / -16 -43 98 with factor 2 0 0 / 6 1 0 / -8 5 3.
const matrix = [4, 12, -16, 12, 37, -43, -16, -43, 98];

describe('Cholesky factor', () => {
  it('is the known one', () => {
    expect(cholesky(matrix, 3).lower).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3]);
  });

  it('solves', () => {
    const b = [4 * 1 + 12 * 2 - 16 * 3, 12 * 1 + 37 * 2 - 43 * 3, -16 * 1 - 43 * 2 + 98 * 3];
    solve(cholesky(matrix, 3), b).forEach((value, i) => expect(value).toBeCloseTo(i + 1, 10));
  });

  it('gives the squared distance under the inverse', () => {
    const y = halfSolve(cholesky([4, 0, 0, 9], 2), [2, 3]);
    expect(y.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(2, 12);
  });

  it('bears a column that repeats another', () => {
    expect(solve(cholesky([1, 1, 1, 1], 2), [1, 1]).every(Number.isFinite)).toBe(true);
  });
});
