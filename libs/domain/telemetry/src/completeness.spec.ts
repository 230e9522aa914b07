import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { completenessOf, mostFrameRuns, withFrame, type FrameRun } from './completeness';

const seen = (...numbers: number[]): readonly FrameRun[] =>
  numbers.reduce<readonly FrameRun[]>((runs, seq) => withFrame(runs, seq, seq * 1000), []);

describe('completeness of a stream', () => {
  it('is whole while every frame is here', () => {
    expect(seen(1, 2, 3)).toEqual([[1, 3, 1000, 3000]]);
    expect(completenessOf(seen(1, 2, 3), [])).toEqual({ lastSeq: 3, lastAt: 3000, completeUntil: 3000, missing: [] });
    expect(completenessOf([], [])).toBeUndefined();
  });

  it('says until when it is whole, and what is missing when', () => {
    expect(completenessOf(seen(1, 2, 5, 6, 9), [])).toEqual({
      lastSeq: 9,
      lastAt: 9000,
      completeUntil: 2000,
      missing: [
        { from: 3, to: 4, after: 2000, before: 5000, lost: false },
        { from: 7, to: 8, after: 6000, before: 9000, lost: false },
      ],
    });
    expect(completenessOf(seen(2), [])).toMatchObject({
      completeUntil: null,
      missing: [{ from: 1, to: 1, after: null, before: 2000, lost: false }],
    });
  });

  it('counts what will never come as settled, and says so', () => {
    expect(completenessOf(seen(1, 6), [{ from: 2, to: 5 }])).toMatchObject({
      completeUntil: 6000,
      missing: [{ from: 2, to: 5, lost: true }],
    });
    expect(
      completenessOf(seen(1, 9), [
        { from: 6, to: 7 },
        { from: 3, to: 4 },
        { from: 5, to: 5 },
      ]),
    ).toMatchObject({
      completeUntil: 1000,
      missing: [
        { from: 2, to: 2, lost: false },
        { from: 3, to: 7, lost: true },
        { from: 8, to: 8, lost: false },
      ],
    });
  });

  it('is the same in whatever order the frames come, as a set of numbers says it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (numbers) => {
        const runs = seen(...numbers);
        expect(runs).toEqual(seen(...[...numbers].sort((a, b) => a - b)));
        expect(runs).toEqual(seen(...numbers, ...numbers));
        const missing = new Set(
          completenessOf(runs, [])?.missing.flatMap(({ from, to }) =>
            [...Array(to - from + 1).keys()].map((i) => from + i),
          ),
        );
        const top = Math.max(...numbers);
        for (let seq = 1; seq <= top; seq++) expect(missing.has(seq)).toBe(!numbers.includes(seq));
      }),
    );
  });

  it('is bounded', () => {
    const many = seen(...Array.from({ length: mostFrameRuns + 10 }, (_, i) => 2 * i + 1));
    expect(many).toHaveLength(mostFrameRuns);
    expect(many.at(-1)?.[1]).toBe(2 * (mostFrameRuns + 9) + 1);
  });
});
