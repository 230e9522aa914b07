import { erfcx, normalCdf, normalQuantile, studentCdf, studentQuantile } from './normal';

/** How the time to a limit is estimated from points of a course. */
export interface PassageSettings {
  /** Variances that the wear gains between two points, in variances of the noise of a point, that are weighed. */
  readonly diffusion: readonly number[];
  /**
   * How wear speeds up that is weighed: e^growth times as fast at the end of the points as at their beginning, and the
   * probability of it beforehand.
   */
  readonly growth: readonly (readonly [growth: number, prior: number])[];
  /** Share of the true times within the interval, 0…1. */
  readonly coverage: number;
  /** Probability, 0…1, that there is no drift towards the limit above which nothing is said. */
  readonly doubt: number;
  /** Points below which nothing is said. */
  readonly least: number;
  /** Nothing is said of a time (the middle) farther off than this many times the span of the points. */
  readonly farthest: number;
}

/** When a limit is reached, counted from the newest point on; `high` null = it may never be. */
export interface Passage {
  readonly low: number;
  readonly middle: number;
  readonly high: number | null;
}

/** Why there is no figure: too few points, no drift that is sure, or an end that is too far off. */
export type NoPassage = 'too_few' | 'no_trend' | 'too_far';

/** One explanation of the points: its weight, and level and drift at the newest point with their covariance. */
interface Explanation {
  readonly weight: number;
  /** Degrees of freedom of the noise, its variance, and the variance of the wear per unit of the clock. */
  readonly freedom: number;
  readonly noise: number;
  readonly diffusion: number;
  /** Growth of the wear per unit of time: the clock of the wear is (e^(growth·t) − 1)/growth from the newest point on. */
  readonly growth: number;
  readonly x: number;
  readonly drift: number;
  readonly pxx: number;
  readonly pxd: number;
  readonly pdd: number;
}

/**
 * Time until a course reaches `limit` (above it), on the clock of its points (t rising, y; oldest first): `passed` on
 * that clock has gone by since the newest point, and it was not reached. The wear is a Wiener process with drift that is
 * seen with noise (Whitmore 1995), on a clock that may run faster and faster (time-scale transformation: Whitmore &
 * Schenkelberg 1997). Level and drift come from a Kalman filter; the ratio of diffusion to noise and the growth are not
 * chosen but weighed by how well they explain the points (Bayesian model averaging: Hoeting et al. 1999), and the noise
 * has its t distribution. What is reached when, given level and drift, is the inverse Gaussian distribution (Folks &
 * Chhikara 1978), averaged over all that is not known. Deterministic; its time is bounded by the number of points.
 */
export function firstPassage(
  settings: PassageSettings,
  points: readonly (readonly [t: number, y: number])[],
  limit: number,
  passed: number,
): Passage | NoPassage {
  if (points.length < Math.max(4, settings.least)) return 'too_few';
  const [first, last] = [points[0] as readonly [number, number], points.at(-1) as readonly [number, number]];
  const span = last[0] - first[0];
  if (!(span > 0)) return 'too_few';
  const explanations = explain(settings, points, span);
  const doubt = explanations.reduce(
    (sum, { weight, drift, pdd, freedom }) => sum + weight * (1 - studentCdf(drift / Math.sqrt(pdd), freedom)),
    0,
  );
  if (!(doubt <= settings.doubt)) return 'no_trend';
  const nodes = explanations.map((one) => nodesOf(one, limit));
  const reached = (t: number): number =>
    explanations.reduce((sum, one, i) => sum + one.weight * passedBy(one, nodes[i] as readonly Node[], t), 0);
  const already = passed > 0 ? Math.min(0.999, reached(passed)) : 0;
  const longest = 1000 * span;
  /** When the share `p` of what is still to come is over; null = not in any time that matters. */
  const when = (p: number): number | null => {
    const share = already + p * (1 - already);
    if (reached(longest) < share) return null;
    const time = rootOf((log) => reached(Math.exp(log)) - share, Math.log(1e-6 * span), Math.log(longest));
    return Math.max(0, Math.exp(time) - passed);
  };
  const middle = when(0.5);
  if (middle === null || middle > settings.farthest * span) return 'too_far';
  const tail = (1 - settings.coverage) / 2;
  return { low: when(tail) ?? middle, middle, high: when(1 - tail) };
}

/** Where a rising function passes zero between two places, to within 10⁻⁵: false position, Illinois (Dowell & Jarratt 1971). */
function rootOf(f: (x: number) => number, low: number, high: number): number {
  let [below, above] = [f(low), f(high)];
  for (let i = 0, side = 0; i < 60 && high - low > 1e-5; i++) {
    // Every third step halves, so that what is flat and then steep does not take for ever.
    const x = i % 3 === 2 ? (low + high) / 2 : high - (above * (high - low)) / (above - below);
    const y = f(x);
    if (Math.abs(y) < 1e-9) return x;
    if (y < 0) {
      [low, below] = [x, y];
      if (side === -1) above /= 2;
      side = -1;
    } else {
      [high, above] = [x, y];
      if (side === 1) below /= 2;
      side = 1;
    }
  }
  return high;
}

/** Every combination of diffusion and growth with its weight; those that explain next to nothing are left out. */
function explain(
  { diffusion, growth }: PassageSettings,
  points: readonly (readonly [number, number])[],
  span: number,
): Explanation[] {
  const end = (points.at(-1) as readonly [number, number])[0];
  const found = growth.flatMap(([total, prior]) => {
    const g = total / span;
    const clocked = points.map(([t, y]) => [wearClock(t - end, g), y] as const);
    const step = -(clocked[0] as readonly [number, number])[0] / (points.length - 1);
    return diffusion.map((q) => ({ ...filter(clocked, q / step, Math.log(prior)), growth: g }));
  });
  const best = Math.max(...found.map(({ likelihood }) => likelihood));
  const kept = found
    .map(({ likelihood, ...one }) => ({ ...one, weight: Math.exp(likelihood - best) }))
    .filter(({ weight }) => weight > 0.005);
  const sum = kept.reduce((total, { weight }) => total + weight, 0);
  return kept.map((one) => ({ ...one, weight: one.weight / sum }));
}

/** What the clock of the wear shows at `t` after the newest point; held where it is beyond everything. */
const wearClock = (t: number, growth: number): number =>
  growth === 0 ? t : Math.expm1(Math.min(60, growth * t)) / growth;

/**
 * Kalman filter of level and drift with variance `q` of the wear per unit of the clock, in variances of the noise; the
 * first two points start it. The noise's variance has the prior 1/s², so the likelihood is that of t.
 */
function filter(
  points: readonly (readonly [number, number])[],
  q: number,
  prior: number,
): Omit<Explanation, 'weight' | 'growth'> & { readonly likelihood: number } {
  const [[t0, y0], [t1, y1]] = points as unknown as readonly [readonly [number, number], readonly [number, number]];
  const start = t1 - t0;
  let x = y1;
  let drift = (y1 - y0) / start;
  let pxx = 1;
  let pxd = 1 / start;
  let pdd = (2 + q * start) / start ** 2;
  // Of the drift: the first two points say the less of it the shorter the clock is between them.
  let logs = -2 * Math.log(start);
  let squares = 0;
  let scale = 0;
  for (let k = 2; k < points.length; k++) {
    const [t, y] = points[k] as readonly [number, number];
    const d = t - (points[k - 1] as readonly [number, number])[0];
    x += drift * d;
    pxx += 2 * d * pxd + d * d * pdd + q * d;
    pxd += d * pdd;
    const innovation = y - x;
    const variance = pxx + 1;
    logs += Math.log(variance);
    squares += innovation ** 2 / variance;
    scale = Math.max(scale, Math.abs(y));
    const [gx, gd] = [pxx / variance, pxd / variance];
    x += gx * innovation;
    drift += gd * innovation;
    pdd -= gd * pxd;
    pxd -= gx * pxd;
    pxx -= gx * pxx;
  }
  const freedom = points.length - 2;
  // Points on a line to the last digit: what rounding leaves is taken as noise.
  const noise = Math.max(squares / freedom, (1e-6 * scale) ** 2, 1e-24);
  return {
    likelihood: prior - logs / 2 - (freedom / 2) * Math.log(noise),
    freedom,
    noise,
    diffusion: q * noise,
    x,
    drift,
    pxx: pxx * noise,
    pxd: pxd * noise,
    pdd: pdd * noise,
  };
}

/** Middles of sixteen equally likely parts of the normal distribution. */
const parts: readonly number[] = Array.from({ length: 16 }, (_, i) => normalQuantile((i + 0.5) / 16));

/** A drift that is possible, how far the limit then is, and its doubt. */
interface Node {
  readonly z: number;
  readonly away: number;
}

const nodesOf = ({ x, freedom, pxd, pdd }: Explanation, limit: number): Node[] =>
  parts.map((part) => {
    const z = studentQuantile(part, freedom);
    return { z, away: limit - x - (pxd / Math.sqrt(pdd)) * z };
  });

/** Probability that the limit was reached by `t` after the newest point, by one explanation. */
function passedBy(
  { drift, noise, diffusion, growth, pxx, pxd, pdd }: Explanation,
  nodes: readonly Node[],
  t: number,
): number {
  const clock = wearClock(t, growth);
  const spread = Math.sqrt(pdd);
  const wear = diffusion * clock;
  const deviation = Math.sqrt(wear + Math.max(0, pxx - pxd ** 2 / pdd) + noise);
  let sum = 0;
  for (const { z, away } of nodes) {
    if (away <= 0) {
      sum += 1;
      continue;
    }
    const speed = drift + spread * z;
    const moved = speed * clock;
    let p = normalCdf((moved - away) / deviation);
    // Paths that were there and came back (inverse Gaussian), written so that nothing overflows.
    if (wear > 0) {
      const back = (away + moved) / Math.sqrt(2 * wear);
      if (back >= 0) p += 0.5 * erfcx(back) * Math.exp(-((away - moved) ** 2) / (2 * wear));
      else p += Math.exp((2 * speed * away) / diffusion) * normalCdf(-back * Math.SQRT2);
    }
    sum += Math.min(1, p);
  }
  return sum / nodes.length;
}
