import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { maxRuns, SequenceWindow } from './sequence-window';

describe('SequenceWindow', () => {
  it('tells what it has seen, in any order, once each', () => {
    const near = fc.integer({ min: 1, max: 60 });
    const far = fc.constantFrom(1, 2, 50_000, 50_001, Number.MAX_SAFE_INTEGER);
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 9, arbitrary: near }, far), { maxLength: 200 }), (numbers) => {
        const window = SequenceWindow.empty();
        const seen = new Set<number>();
        for (const n of numbers) {
          expect(window.has(n)).toBe(seen.has(n));
          expect(window.add(n)).toBe(!seen.has(n));
          seen.add(n);
        }
        const copy = SequenceWindow.fromText(window.toText());
        for (let n = 1; n <= 61; n++) expect(copy.has(n)).toBe(seen.has(n));
        expect(copy.high).toBe(Math.max(0, ...seen));
        expect(copy.missing()).toBe(copy.high - seen.size);
      }),
    );
  });

  it('takes a backlog that comes after newer frames, however long it is', () => {
    const window = SequenceWindow.empty();
    window.add(26_000);
    for (let n = 1; n < 26_000; n++) expect(window.add(n)).toBe(true);
    expect(window.toText()).toBe(`1-${(26_000).toString(36)}`);
    expect(window.missing()).toBe(0);
  });

  it('goes on after one absurd number', () => {
    const window = SequenceWindow.empty();
    window.add(Number.MAX_SAFE_INTEGER);
    expect(window.add(1)).toBe(true);
    expect(window.has(2)).toBe(false);
  });

  it('stays small whatever comes, and forgets rather than to claim what it has not seen', () => {
    const window = SequenceWindow.empty();
    for (let n = 1; n <= maxRuns + 1; n++) window.add(2 * n);
    expect(window.toText().split(',')).toHaveLength(maxRuns);
    expect(window.has(2)).toBe(false);
    expect(window.has(4)).toBe(true);
    expect(window.has(5)).toBe(false);
  });

  it.each(['1,1', '5-3', 'x y', '3,2', '1-', '-'])('refuses text that is no window: %s', (text) => {
    expect(() => SequenceWindow.fromText(text)).toThrow(RangeError);
  });
});
