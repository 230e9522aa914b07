import { describe, expect, it } from '@jest/globals';
import { conditionDefaults } from '../defaults';
import { firstPassage, type Passage } from './first-passage';
import { normalCdf, studentQuantile } from './normal';

const settings = conditionDefaults.trend;

/** Normal numbers from a seed (mulberry32, Box & Muller). */
function normalOf(seed: number): () => number {
  let a = seed;
  const uniform = (): number => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A path of drift 1 that reaches 100 in about 100, as seen up to `now`, and when it is there; undefined when it was before. */
function pathOf(
  seed: number,
  { diffusion, noise, now }: { diffusion: number; noise: number; now: number },
): { points: [number, number][]; hit: number } | undefined {
  const normal = normalOf(seed);
  const points: [number, number][] = [];
  const step = 0.1;
  let x = 0;
  for (let i = 1; i < 100_000; i++) {
    x += step + diffusion * Math.sqrt(step) * normal();
    if (x >= 100) return i * step > now ? { points, hit: i * step } : undefined;
    if (i % 10 === 0 && i / 10 <= now) points.push([i / 10, x + noise * normal()]);
  }
  return undefined;
}

/** Of so many paths: for how many a figure is said, and the share of those whose time is within the interval, %. */
function coverage(path: { diffusion: number; noise: number; now: number }, seeds = 300) {
  let said = 0;
  let within = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const made = pathOf(seed * 7919, path);
    if (!made) continue;
    const passage = firstPassage(settings, made.points, 100, 0);
    if (typeof passage === 'string') continue;
    said += 1;
    const left = made.hit - path.now;
    if (left >= passage.low && left <= (passage.high ?? Infinity)) within += 1;
  }
  return { said, share: (100 * within) / said };
}

describe('the time until a course reaches its limit', () => {
  it.each([
    { diffusion: 1, noise: 1, now: 30 },
    { diffusion: 1, noise: 2, now: 38 },
    { diffusion: 2, noise: 2, now: 38 },
    { diffusion: 3, noise: 3, now: 38 },
    { diffusion: 3, noise: 0, now: 38 },
  ])(
    'is in 85 to 98 of 100 Wiener paths within the 90 % interval, which is there for wear that speeds up too: %j',
    (path) => {
      const { said, share } = coverage(path);
      expect(said).toBeGreaterThan(100);
      expect(share).toBeGreaterThanOrEqual(85);
      expect(share).toBeLessThanOrEqual(98);
    },
  );

  it('is within the interval on a straight course seen with noise: wide rather than wrong', () => {
    expect(coverage({ diffusion: 0, noise: 3, now: 38 }, 100).share).toBeGreaterThanOrEqual(85);
  });

  it.each([
    ['e¹ times as fast', (u: number) => Math.expm1(u) / Math.expm1(1)],
    ['e² times as fast', (u: number) => Math.expm1(2 * u) / Math.expm1(2)],
    ['e³ times as fast', (u: number) => Math.expm1(3 * u) / Math.expm1(3)],
    ['as a square', (u: number) => u ** 2],
    ['as a cube', (u: number) => u ** 3],
  ])('is in 85 of 100 within the interval, and seldom before it, where wear speeds up: %s', (_, wear) => {
    let [said, early, late] = [0, 0, 0];
    for (const noise of [0.5, 1.5, 4])
      for (const seen of [0.5, 0.7, 0.85])
        for (let seed = 1; seed <= 25; seed++) {
          const normal = normalOf(seed * 7919);
          // The course is kept from 12 on; the limit is 100, reached at 1000.
          let begin = 0;
          while (100 * wear(begin / 1000) < 12) begin += 1;
          const now = begin + (1000 - begin) * seen;
          const points = Array.from({ length: 30 }, (_, i) => begin + ((now - begin) * i) / 29).map(
            (t) => [t, 100 * wear(t / 1000) + noise * normal()] as const,
          );
          const passage = firstPassage(settings, points, 100, 0);
          if (typeof passage === 'string') continue;
          said += 1;
          const left = 1000 - now;
          if (left < passage.low) early += 1;
          else if (left > (passage.high ?? Infinity)) late += 1;
        }
    expect(said).toBeGreaterThan(200);
    expect((100 * (said - early - late)) / said).toBeGreaterThanOrEqual(85);
    expect((100 * early) / said).toBeLessThanOrEqual(7);
  });

  it('is what is left on a course without doubt', () => {
    const straight = Array.from({ length: 20 }, (_, i) => [i, 2 * i] as const);
    const { low, middle, high } = firstPassage({ ...settings, growth: [[0, 1]] }, straight, 100, 0) as Passage;
    for (const time of [low, middle, high as number]) expect(time).toBeCloseTo(31, 2);
    // What has gone by since the newest point is taken off.
    expect((firstPassage({ ...settings, growth: [[0, 1]] }, straight, 100, 11) as Passage).middle).toBeCloseTo(20, 2);
  });

  it('has the quantiles of the inverse Gaussian distribution where drift and diffusion are known', () => {
    // A long record leaves next to no doubt; reference: simulation of the distribution itself, mean 50, shape 2500.
    const normal = normalOf(3);
    let x = 0;
    const points = Array.from({ length: 4000 }, (_, i) => {
      x += 1 + normal();
      return [i + 1, x] as const;
    });
    const passage = firstPassage({ ...settings, diffusion: [1000], growth: [[0, 1]] }, points, x + 50, 0) as Passage;
    const times = Array.from({ length: 20_000 }, () => {
      // Michael, Schucany & Haas 1976.
      const y = normal() ** 2;
      const [mean, shape] = [50, 2500];
      const t =
        mean + (mean ** 2 * y) / (2 * shape) - (mean / (2 * shape)) * Math.sqrt(4 * mean * shape * y + (mean * y) ** 2);
      return normalCdf(normal()) <= mean / (mean + t) ? t : mean ** 2 / t;
    }).sort((a, b) => a - b);
    const quantile = (p: number): number => times[Math.floor(p * times.length)] as number;
    expect(passage.low / quantile(0.05)).toBeCloseTo(1, 1);
    expect(passage.middle / quantile(0.5)).toBeCloseTo(1, 1);
    expect((passage.high as number) / quantile(0.95)).toBeCloseTo(1, 1);
  });

  it('is not said of few points, without a sure trend, or when it is far off', () => {
    const normal = normalOf(5);
    const points = (slope: number, n = 20) => Array.from({ length: n }, (_, i) => [i, slope * i + normal()] as const);
    expect(firstPassage(settings, points(1, 7), 100, 0)).toBe('too_few');
    expect(firstPassage(settings, points(0), 100, 0)).toBe('no_trend');
    expect(firstPassage(settings, points(-1), 100, 0)).toBe('no_trend');
    expect(firstPassage(settings, points(1), 100_000, 0)).toBe('too_far');
  });
});

it('distributions are the tabled ones', () => {
  expect(normalCdf(1.6448536)).toBeCloseTo(0.95, 6);
  expect(normalCdf(-2.3263479)).toBeCloseTo(0.01, 6);
  expect(studentQuantile(1.959964, 10)).toBeCloseTo(2.228, 2);
});
