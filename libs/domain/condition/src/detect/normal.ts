/** exp(x²)·erfc(x) for x ≥ 0, to 1.5e-7 (Abramowitz & Stegun 1964, 7.1.26). */
export function erfcx(x: number): number {
  const t = 1 / (1 + 0.3275911 * x);
  return t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
}

/** Standard normal distribution. */
export function normalCdf(z: number): number {
  const tail = 0.5 * erfcx(Math.abs(z) / Math.SQRT2) * Math.exp((-z * z) / 2);
  return z < 0 ? tail : 1 - tail;
}

/** Its inverse, by halving. */
export function normalQuantile(p: number): number {
  let [low, high] = [-9, 9];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Point of Student's t that is as likely as `x` of the normal (Cornish & Fisher; Abramowitz & Stegun 1964, 26.7.5). */
export function studentQuantile(x: number, freedom: number): number {
  const a = x ** 3 + x;
  const b = 5 * x ** 5 + 16 * x ** 3 + 3 * x;
  const c = 3 * x ** 7 + 19 * x ** 5 + 17 * x ** 3 - 15 * x;
  return x + a / (4 * freedom) + b / (96 * freedom ** 2) + c / (384 * freedom ** 3);
}

/** Student's t distribution (Abramowitz & Stegun 1964, 26.7.8). */
export function studentCdf(t: number, freedom: number): number {
  return normalCdf((t * (1 - 1 / (4 * freedom))) / Math.sqrt(1 + (t * t) / (2 * freedom)));
}
