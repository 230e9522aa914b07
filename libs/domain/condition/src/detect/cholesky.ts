/** Lower triangle L of a symmetric positive definite matrix A = L·Lᵀ, row by row; both square of size n. */
export interface Cholesky {
  readonly n: number;
  readonly lower: readonly number[];
}

/**
 * Cholesky factor of a symmetric matrix given row by row (n × n). Pivots that are not positive are raised to `floor`,
 * so that a constant or repeated column does no harm. Source: Golub & Van Loan, Matrix Computations, 4.2.
 */
export function cholesky(matrix: readonly number[], n: number, floor = 1e-9): Cholesky {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j] as number;
      for (let k = 0; k < j; k++) sum -= (lower[i * n + k] as number) * (lower[j * n + k] as number);
      lower[i * n + j] = i === j ? Math.sqrt(Math.max(sum, floor)) : sum / (lower[j * n + j] as number);
    }
  }
  return { n, lower: Array.from(lower) };
}

/** Solves A·x = b by the factor of A. */
export function solve({ n, lower }: Cholesky, b: readonly number[]): number[] {
  const x = halfSolve({ n, lower }, b);
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i] as number;
    for (let k = i + 1; k < n; k++) sum -= (lower[k * n + i] as number) * (x[k] as number);
    x[i] = sum / (lower[i * n + i] as number);
  }
  return x;
}

/** Solves L·y = b; y·y is the squared Mahalanobis length of b under A. */
export function halfSolve({ n, lower }: Cholesky, b: readonly number[]): number[] {
  const y = new Array<number>(n);
  for (let i = 0; i < n; i++) {
    let sum = b[i] as number;
    for (let k = 0; k < i; k++) sum -= (lower[i * n + k] as number) * (y[k] as number);
    y[i] = sum / (lower[i * n + i] as number);
  }
  return y;
}
