import { describe, expect, it } from '@jest/globals';
import { addToSurprise, freshSurprise } from './context-surprise';
import { followCourse, learnCourse } from './course-control';
import { behaviourDefaults, courseDefaults, levelDefaults, lifeDefaults, surpriseDefaults } from './detect-defaults';
import { addToJoint, contributions, jointParts, learnJoint } from './joint-control';
import { learnLife, remainingLife } from './remaining-life';

/** Repeatable noise in −1…1 (mulberry32). */
function noise(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) / 4294967296) * 2 - 1;
  };
}

/** State as it is after it was stored and read again. */
const again = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T;

describe('joint control', () => {
  const next = noise(1);
  // Two signals that move together, and one that drifts while it is learned.
  const row = (i: number, shift = 0): number[] => {
    const common = next();
    return [common + 0.1 * next(), common + 0.1 * next() + shift, i * 0.05 + 0.1 * next()];
  };
  const healthy = Array.from({ length: 400 }, (_, i) => row(i));
  const { model, state } = learnJoint(levelDefaults, healthy);

  it('leaves out what drifts while it is learned', () => {
    expect(model.columns).toEqual([0, 1]);
  });

  it('sees a shift that no signal shows alone, names the signals, and ends with it', () => {
    const own = again(state);
    for (let i = 0; i < 200; i++) expect(addToJoint(levelDefaults, model, own, row(i)).out).toBe(false);
    let after = 0;
    while (!addToJoint(levelDefaults, model, own, row(0, 0.5)).out && after < 100) after += 1;
    expect(after).toBeLessThan(20);
    const shares = contributions(model, own);
    expect([...shares.values()].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    expect(shares.get(1)).toBeGreaterThan(0.4);
    let still = 0;
    while (addToJoint(levelDefaults, model, own, row(0)).out && still < 200) still += 1;
    expect(still).toBeLessThan(100);
  });

  it('tells a broken relation (Q) from being farther out in the usual one (T²)', () => {
    const after = (shift: (row: number[]) => number[]) => {
      const own = again(state);
      let statistic = 0;
      for (let i = 0; i < 100; i++)
        ({ statistic } = addToJoint({ ...levelDefaults, smooth: 1 }, model, own, shift(row(i))));
      const parts = jointParts(levelDefaults, model, own);
      // The two are all of the statistic.
      const weights = contributions(model, own);
      expect([...weights.keys()]).toEqual([...parts.offBy.keys()]);
      for (const by of [parts.offBy, parts.alongBy])
        expect([...by.values()].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
      return { ...parts, statistic };
    };
    const broken = after(([a = 0, b = 0, c = 0]) => [a, b + 0.5, c]);
    expect(broken.off).toBeGreaterThan(0.8);
    const farther = after(([a = 0, b = 0, c = 0]) => [a + 2, b + 2, c]);
    expect(farther.statistic).toBeGreaterThan(model.limit);
    expect(farther.off).toBeLessThan(0.1);
    expect(farther.alongBy.get(0)).toBeCloseTo(0.5, 1);
  });

  it('goes on bit by bit the same from a stored state', () => {
    const one = again(state);
    const rows = Array.from({ length: 50 }, (_, i) => row(i, 0.3));
    const straight = rows.map((values) => addToJoint(levelDefaults, model, one, values).statistic);
    let two = again(state);
    const stored = rows.map((values) => {
      two = again(two);
      return addToJoint(levelDefaults, again(model), two, values).statistic;
    });
    expect(stored).toEqual(straight);
  });

  it('bears missing values and signals that never move', () => {
    const rows = healthy.map(([a = 0, b = 0]) => [a, b, 7]);
    const learned = learnJoint(behaviourDefaults, rows);
    expect(learned.model.columns).toEqual([0, 1]);
    expect(addToJoint(behaviourDefaults, learned.model, learned.state, [Number.NaN, 0, 7]).statistic).toBeGreaterThan(
      0,
    );
  });
});

describe('surprise', () => {
  const settings = surpriseDefaults(300);
  const next = noise(2);
  const wave = (i: number): number => Math.sin(i / 5) * 10 + 2 * next();

  it('speaks seldom on what repeats and at once on what never came', () => {
    const state = freshSurprise();
    const scores = Array.from({ length: 2000 }, (_, i) => addToSurprise(settings, state, wave(i)));
    expect(scores.filter((score) => score >= settings.alarm).length).toBeLessThanOrEqual(2);
    const broken = Array.from({ length: 10 }, (_, i) => addToSurprise(settings, state, i % 2 ? 9 : -9));
    expect(Math.max(...broken)).toBeGreaterThanOrEqual(settings.alarm);
  });

  it('rests after a finding, keeps its size, and goes on the same from a stored state', () => {
    const state = freshSurprise();
    for (let i = 0; i < 1000; i++) addToSurprise(settings, state, wave(i));
    const size = JSON.stringify(state).length;
    const stored = again(state);
    const values = Array.from({ length: 400 }, (_, i) => (i >= 50 && i < 54 ? 60 : wave(i)));
    const straight = values.map((value) => addToSurprise(settings, state, value));
    expect(values.map((value) => addToSurprise(settings, stored, value))).toEqual(straight);
    const found = straight.findIndex((score) => score >= settings.alarm);
    expect(found).toBeGreaterThanOrEqual(50);
    expect(straight.slice(found + 1, found + settings.rest).every((score) => score === 0)).toBe(true);
    expect(JSON.stringify(state).length).toBeLessThan(size * 1.2);
    expect(addToSurprise(settings, state, Number.NaN)).toBe(0);
  });

  it('gets used to what surprises: the next one counts for less, until that is forgotten', () => {
    const own = noise(9);
    const values = Array.from({ length: 3000 }, (_, i) => (i % 700 > 695 ? 60 : Math.sin(i / 5) * 10 + 2 * own()));
    const scores = (habit: number): number[] => {
      const state = freshSurprise();
      return values.map((value) => addToSurprise({ ...settings, habit, forget: 500 }, state, value));
    };
    const plain = scores(0);
    const used = scores(0.5);
    const first = plain.findIndex((score) => score >= settings.alarm);
    expect(used.slice(0, first + 1)).toEqual(plain.slice(0, first + 1));
    const next = plain.findIndex((score, i) => i > first && score >= settings.alarm);
    expect(used[next]).toBeCloseTo((plain[next] as number) / (1 + 0.5 * Math.exp(-(next - first) / 500)), 6);
  });
});

describe('course of a movement', () => {
  const next = noise(3);
  const course = (bump = 0): number[][] => [
    Array.from({ length: 100 }, (_, t) => Math.sin(t / 16) + 0.02 * next() + (t === 60 ? bump : 0)),
  ];
  const groups = [0, 1, 2].map(() => Array.from({ length: 5 }, () => course()));
  const model = learnCourse(courseDefaults, groups);

  it('sees a bump at one place of the movement', () => {
    let healthy: number | undefined;
    let worn: number | undefined;
    for (let i = 0; i < 10; i++) {
      healthy = followCourse(courseDefaults, model, healthy, course());
      worn = followCourse(courseDefaults, model, worn, course(0.4));
    }
    expect(healthy).toBeLessThan(model.limit);
    expect(worn).toBeGreaterThan(model.limit);
  });
});

describe('remaining life', () => {
  const next = noise(4);
  // Wear that grows with the square of use towards an end that differs from unit to unit.
  const unit = (life: number): number[][] =>
    Array.from({ length: life }, (_, use) => {
      const wear = Math.max(0, 1 - (life - use) / 100) ** 2;
      return [wear + 0.02 * next(), 5 - 2 * wear + 0.05 * next(), 1];
    });
  const settings = { ...lifeDefaults, windows: [[20]], every: 10, cap: 100, folds: 3 };
  const model = learnLife(settings, [150, 180, 200, 220, 160, 190, 210, 170, 140].map(unit));

  it('is near the truth with an interval around it', () => {
    const whole = unit(185);
    for (const left of [60, 40, 20]) {
      const { life, low, high } = remainingLife(again(model), whole.slice(0, whole.length - left));
      expect(Math.abs(life - left)).toBeLessThan(15);
      expect(low).toBeLessThanOrEqual(life);
      expect(high).toBeGreaterThanOrEqual(life);
    }
  });

  it('says no more than the cap of a healthy unit', () => {
    const { life, high } = remainingLife(model, unit(400).slice(0, 60));
    expect(life).toBeGreaterThan(85);
    expect(high).toBeLessThanOrEqual(settings.cap);
  });
});
