import { describe, expect, it } from '@jest/globals';
import { addToChanges, learnChanges } from './change-control';
import { addToCommittee, learnCommittee, sharesOf } from './committee';
import { changeDefaults, committeeDefaults } from './detect-defaults';

/** Repeatable noise, about normal with deviation 1 (sum of twelve of mulberry32). */
function noise(seed: number): () => number {
  let a = seed;
  const uniform = (): number => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Array.from({ length: 12 }, uniform).reduce((sum, u) => sum + u, -6);
}

const again = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T;
const next = noise(11);
/** Three signals, of which one is moved. */
const row = (shift = 0): number[] => [next(), 5 + 0.1 * next(), 400 + 2 * next() + shift];
const rows = (n: number, shift = 0): number[][] => Array.from({ length: n }, () => row(shift));

describe('committee', () => {
  const { model, state } = learnCommittee(committeeDefaults, rows(400));
  const outs = (own: typeof state, given: number[][]): boolean[] =>
    given.map((one) => addToCommittee(committeeDefaults, model, own, one).out);

  it('has a member for each start, and none says anything of what goes on as before', () => {
    expect(model.members).toHaveLength(3);
    expect(outs(again(state), rows(1000))).not.toContain(true);
  });

  it('sees a shift and names the signal', () => {
    const own = again(state);
    expect(outs(own, rows(60, 6)).indexOf(true)).toBeLessThan(30);
    const shares = [...sharesOf(model, own)].sort(([, a], [, b]) => b - a);
    expect(shares[0]?.[0]).toBe(2);
    expect(shares.reduce((sum, [, share]) => sum + share, 0)).toBeCloseTo(1, 9);
  });

  it('ends a large finding though the machine does not come back to just where it was, and finds the next', () => {
    // What is left would be a finding on a machine that never had one.
    expect(outs(again(state), rows(300, 5)).at(-1)).toBe(true);
    const own = again(state);
    expect(outs(own, rows(100, 40)).at(-1)).toBe(true);
    const after = outs(own, rows(60, 5));
    expect(after.indexOf(false)).toBeLessThan(40);
    expect(after.at(-1)).toBe(false);
    expect(outs(own, rows(60, 40)).at(-1)).toBe(true);
  });

  it('learns in spite of a step within the learned rows', () => {
    const stepped = learnCommittee(committeeDefaults, [...rows(60, 30), ...rows(340)]);
    const own = stepped.state;
    const judged = [...rows(200), ...rows(60, 12)].map(
      (one) => addToCommittee(committeeDefaults, stepped.model, own, one).out,
    );
    expect(judged.slice(0, 200)).not.toContain(true);
    expect(judged.slice(200)).toContain(true);
  });

  it('goes on bit by bit the same from a stored state', () => {
    const given = [...rows(50, 8), ...rows(50)];
    const one = again(state);
    const straight = given.map((values) => addToCommittee(committeeDefaults, model, one, values).statistic);
    let two = again(state);
    const stored = given.map((values) => {
      two = again(two);
      return addToCommittee(committeeDefaults, again(model), two, values).statistic;
    });
    expect(stored).toEqual(straight);
  });

  it('bears signals that never move, and missing values', () => {
    const constant = learnCommittee(
      committeeDefaults,
      rows(400).map(() => [1, 2]),
    );
    expect(addToCommittee(committeeDefaults, constant.model, constant.state, [1, 9]).out).toBe(false);
    expect(addToCommittee(committeeDefaults, model, again(state), [Number.NaN, 5, 400]).statistic).toBeGreaterThan(0);
  });
});

describe('changes', () => {
  const { model, state } = learnChanges(changeDefaults, rows(400));
  const changes = (own: typeof state, given: number[][]): number[] =>
    given.flatMap((one, i) => (addToChanges(changeDefaults, model, own, one) ? [i] : []));

  it('finds the way up and the way down at once, and little else', () => {
    const found = changes(again(state), [...rows(200), ...rows(150, 10), ...rows(150)]);
    expect(found.filter((i) => i < 200)).toEqual([]);
    expect(found.filter((i) => i >= 200 && i < 220)).toHaveLength(1);
    expect(found.filter((i) => i >= 350 && i < 370)).toHaveLength(1);
    expect(found.length).toBeLessThanOrEqual(4);
  });

  it('rests after a change, and goes on the same from a stored state', () => {
    const given = [...rows(100, 10), ...rows(20), ...rows(100, 10)];
    const found = changes(again(state), given);
    for (let i = 1; i < found.length; i++)
      expect((found[i] as number) - (found[i - 1] as number)).toBeGreaterThan(changeDefaults.rest);
    let own = again(state);
    const stored = given.flatMap((one, i) => {
      own = again(own);
      return addToChanges(changeDefaults, again(model), own, one) ? [i] : [];
    });
    expect(stored).toEqual(found);
  });
});
