import { describe, expect, it } from '@jest/globals';
import { compareMoves, type CountedMove, type TimedMove } from './compare-moves';

const own = (id: string, startedAt: number, endedAt: number): TimedMove => ({ id, startedAt, endedAt });
const told = (id: string, startedAt: number, endedAt: number, total: number | null = null): CountedMove => ({
  ...own(id, startedAt, endedAt),
  total,
});

describe('moves of the platform and of the device', () => {
  it('are one when they share more than half of the shorter', () => {
    expect(compareMoves([own('a', 0, 100), own('b', 100, 200)], [told('A', 5, 98), told('B', 140, 201)])).toEqual({
      matched: 2,
      onlyPlatform: [],
      onlyDevice: [],
      untold: null,
      restarts: 0,
    });
  });

  it('are named when only one has them', () => {
    const compared = compareMoves([own('a', 0, 100), own('b', 300, 400)], [told('A', 2, 99), told('C', 500, 600)]);
    expect(compared).toMatchObject({ matched: 1, onlyPlatform: ['b'], onlyDevice: ['C'] });
  });

  it('are matched once, with the one that fits best', () => {
    const compared = compareMoves([own('a', 0, 100)], [told('A', 0, 60), told('B', 10, 100)]);
    expect(compared).toMatchObject({ matched: 1, onlyDevice: ['A'] });
    expect(compareMoves([own('a', 0, 60), own('b', 20, 100)], [told('A', 10, 100)])).toMatchObject({
      matched: 1,
      onlyPlatform: ['b'],
    });
  });

  it('tells what the device counted and never told, and where its counter began again', () => {
    const device = [
      told('A', 0, 10, 7),
      told('B', 10, 20, 8),
      told('C', 20, 30, 11),
      told('D', 30, 40, 1),
      told('E', 40, 50, 3),
    ];
    expect(compareMoves([], device)).toMatchObject({ untold: 3, restarts: 1 });
  });
});
