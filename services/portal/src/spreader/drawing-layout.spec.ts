import { describe, expect, it } from '@jest/globals';
import { counts, flipperAt, pinAt, pointOf, twistlockAt } from './drawing-layout';
import { placeOf } from './place';

describe('the drawing', () => {
  it('has a place of its own for each twistlock, pin and flipper', () => {
    const points = [
      ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => [twistlockAt(n), pinAt(n)]),
      ...[1, 2, 3, 4, 5, 6].map(flipperAt),
    ];
    expect(points.every(Boolean)).toBe(true);
    expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(22);
  });

  it('does not mark what it does not show', () => {
    expect(pointOf(placeOf('TL[9]'))).toBeUndefined();
    expect(pointOf(placeOf('SPR'))).toBeUndefined();
    expect(pointOf(placeOf('HYD.P'))).toBeDefined();
  });

  it('draws what the type has, or what the data speak of', () => {
    const value = { value: null, at: '' };
    expect(counts({ type: 'yard', live: {} })).toEqual({ twistlocks: 4, flippers: 4 });
    expect(counts({ type: 'sts_twin', live: {} })).toEqual({ twistlocks: 8, flippers: 4 });
    expect(counts({ type: 'other', live: { 'tl[6].locked': value, 'flp[6].pos': value } })).toEqual({ twistlocks: 8, flippers: 6 });
  });
});
