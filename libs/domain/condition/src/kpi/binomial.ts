/** Share of successes and its two-sided 90 % interval; all null without trials. */
export interface ShareInterval {
  readonly share: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Share of `k` successes in `n` trials with the exact interval of Clopper and Pearson (1934), 5 % in each tail: low is
 * the share at which so many or more, high at which so many or fewer, would be seen in 5 % of cases. O(n).
 */
export function shareOf(k: number, n: number): ShareInterval {
  if (n === 0) return { share: null, low: null, high: null };
  const tail = 0.05;
  const low = k === 0 ? 0 : solve((p) => 1 - atMost(k - 1, n, p), tail);
  const high = k === n ? 1 : solve((p) => 1 - atMost(k, n, p), 1 - tail);
  return { share: k / n, low, high };
}

/** Where a function that rises from 0 to 1 over 0..1 reaches `value`. */
function solve(rising: (p: number) => number, value: number): number {
  let [a, b] = [0, 1];
  for (let i = 0; i < 50; i++) {
    const middle = (a + b) / 2;
    if (rising(middle) < value) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}

/** Probability of `k` successes at most in `n` trials. */
function atMost(k: number, n: number, p: number): number {
  if (p <= 0) return 1;
  if (p >= 1) return k >= n ? 1 : 0;
  // From term to term in logarithms: nothing overflows or vanishes for large n.
  let log = n * Math.log1p(-p);
  let sum = Math.exp(log);
  const odds = Math.log(p) - Math.log1p(-p);
  for (let i = 1; i <= k; i++) {
    log += Math.log((n - i + 1) / i) + odds;
    sum += Math.exp(log);
  }
  return Math.min(1, sum);
}
