import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SequenceWindow, windowSize } from './sequence-window';

describe('SequenceWindow', () => {
  it('tells what it has seen, in any order, once each', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3 * windowSize }), { maxLength: 200 }), (numbers) => {
        const window = SequenceWindow.empty();
        const seen = new Set<number>();
        for (const n of numbers) {
          const tooOld = window.high - n >= windowSize;
          expect(window.add(n)).toBe(!seen.has(n) && !tooOld);
          seen.add(n);
        }
        const copy = SequenceWindow.fromText(window.toText());
        for (const n of numbers) expect(copy.has(n)).toBe(true);
        expect(copy.high).toBe(window.high);
        expect(copy.missing()).toBe(window.missing());
      }),
    );
  });

  it('does not take an old bit for a new number after the window has moved on', () => {
    const window = SequenceWindow.empty();
    window.add(1);
    window.add(windowSize);
    expect(window.has(2)).toBe(false);
    window.add(windowSize + 1);
    expect(window.has(windowSize + 1)).toBe(true);
    window.add(windowSize + 3);
    expect(window.has(windowSize + 2)).toBe(false);
    expect(window.missing()).toBe(windowSize - 4 + 1);
  });

  it('can take back a mark', () => {
    const window = SequenceWindow.empty();
    window.add(5);
    window.remove(5);
    expect(window.has(5)).toBe(false);
    expect(window.add(5)).toBe(true);
  });
});
