import { describe, expect, it } from '@jest/globals';
import { conditionDefaults as settings } from '../defaults';
import { lifeOfTwistlock, livesOfUse, studentT95, yearsLeft } from './component-life';
import { addDay, addToDays, bookOfDays, emptyBook, type DayBook, type WorkBook } from './day-book';
import { freshUse, recordUse } from './use-record';

const day = 86_400_000;
const bookOf = (days: number, amount: (i: number) => number): WorkBook => {
  const book = emptyBook();
  for (let i = 0; i < days; i++) addDay(book, amount(i));
  return book;
};

/** Uniform numbers from a seed (mulberry32). */
function uniformOf(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

describe('days on record', () => {
  it('are whole days, also those without work; a long gap is not known', () => {
    let state: DayBook | undefined;
    for (const [at, amount] of [
      [0.5, 100],
      [1.1, 2],
      [1.9, 3],
      [4.5, 7],
      [40.5, 11],
      [41.5, 13],
    ] as const)
      state = addToDays(state, at * day, amount);
    // Day 0 is not whole; 1 (5), 2, 3 (nothing), 4 (7), 40 (11); 41 is under way.
    expect(state?.book).toMatchObject({ days: 5, sum: 23, squares: 25 + 49 + 121 });
    expect(
      bookOfDays([
        [0, 9],
        [1, 5],
        [3, 7],
        [4, 1],
      ]),
    ).toMatchObject({ days: 3, sum: 12, squares: 74, weeks: 0, rest: 12 });
  });
});

describe('years left', () => {
  it.each([
    [6, 1.943],
    [10, 1.812],
    [30, 1.697],
    [120, 1.658],
  ])("Student's t with %d degrees of freedom is the tabled one", (freedom, value) => {
    expect(studentT95(freedom)).toBeCloseTo(value, 2);
  });

  it('says nothing of a pace from less than a week, and 0 where nothing is left', () => {
    expect(
      yearsLeft(
        50,
        bookOf(6, () => 1),
      ),
    ).toBeNull();
    expect(
      yearsLeft(
        -1,
        bookOf(10, () => 1),
      ),
    ).toEqual({ middle: 0, low: 0, high: 0 });
    // The same every day: no doubt but what whole days leave.
    const even = yearsLeft(
      36.525,
      bookOf(100, () => 0.1),
    );
    expect(even?.middle).toBeCloseTo(1, 9);
    expect(even?.low).toBeCloseTo(1, 6);
    expect(even?.high).toBeCloseTo(1, 6);
    // So little and so uneven that no end can be seen.
    expect(
      yearsLeft(
        1000,
        bookOf(7, (i) => (i === 3 ? 1 : 0)),
      )?.high,
    ).toBeNull();
  });

  // Work is uneven: calm and busy days, Sundays without, some days standing still. The interval must hold all the same.
  it.each([28, 60, 200])('has an interval that 85 to 95 of 100 lives end in, learned from %d days', (days) => {
    const draw = uniformOf(days);
    let inside = 0;
    const lives = 1500;
    for (let life = 0; life < lives; life++) {
      const level = 0.5 + draw();
      const work = (i: number): number =>
        i % 7 === 6 || draw() < 0.05 ? 0 : level * (0.3 + 1.4 * draw()) * (draw() < 0.1 ? 2 : 1);
      const amounts = Array.from({ length: days }, (_, i) => work(i));
      const book = emptyBook();
      for (const amount of amounts) addDay(book, amount);
      const left = level * (40 + 200 * draw());
      const said = yearsLeft(left, book);
      let n = 0;
      for (let used = 0; used < left; n++) used += work(days + n);
      const real = n / 365.25;
      const half = 0.5 / 365.25;
      if (said && real >= said.low - half && (said.high === null || real <= said.high + half)) inside += 1;
    }
    expect((100 * inside) / lives).toBeGreaterThan(85);
    expect((100 * inside) / lives).toBeLessThan(95);
  });
});

describe('lives of components', () => {
  it('come from the use on record, with their provenance', () => {
    const use = freshUse();
    for (let i = 0; i < 40 * 20; i++)
      recordUse(
        settings,
        use,
        {
          startedAt: (i * day) / 20,
          lockedAt: (i * day) / 20,
          endedAt: (i * day) / 20,
          class: 'single40',
          result: 'completed',
          boxes: 1,
          teu: 2,
          load: i % 2 ? 30 : 10,
          features: {},
        },
        false,
      );
    const [spreader, structure] = livesOfUse(settings, use);
    const duty = 400 * ((30 / 41) ** 3 + (10 / 41) ** 3);
    expect(spreader).toMatchObject({ component: 'SPR', basis: 'designed_working_period', days: 38, coverage: 0.9 });
    expect(spreader?.used).toBeCloseTo((100 * duty) / 500_000, 6);
    expect(spreader?.years?.middle).toBeCloseTo(
      (100 - (spreader?.used ?? 0)) / ((spreader?.used ?? 0) / 40) / 365.25,
      0,
    );
    expect(structure).toMatchObject({
      component: 'STR',
      basis: 'fatigue',
      provenance: { block: 'PA', inputs: ['load.total', 'load.dyn'] },
    });
    expect(structure?.years?.low).toBeLessThanOrEqual(structure?.years?.middle ?? 0);
  });

  it('of a twistlock end at the lock cycles that the settings say', () => {
    const book = bookOf(10, () => 400);
    const life = lifeOfTwistlock(settings, { component: 'TL[3]', serial: 'A1', cycles: 299_600, book });
    expect(life).toMatchObject({ component: 'TL[3]', serial: 'A1', basis: 'lock_cycles' });
    expect(life.years?.middle).toBeCloseTo(1 / 365.25, 9);
  });
});
