import { describe, expect, it } from '@jest/globals';
import { noiseOf } from '../../test/scenario';
import { significant } from './significant';

describe('significant', () => {
  it('gives what the text of so many digits gives', () => {
    const random = noiseOf(1);
    for (const digits of [2, 4, 6, 7, 10])
      for (let i = 0; i < 20_000; i++) {
        const value = random() * 10 ** Math.round(4 * random());
        if (significant(value, digits) !== Number(value.toPrecision(digits))) throw new Error(`${value}, ${digits}`);
      }
  });

  it.each([
    0,
    -0,
    1,
    -1,
    9.99999951,
    0.1,
    1e-7,
    999999.5,
    1e15,
    1.5,
    2.5,
    1.0005,
    1e300,
    Number.NaN,
    Infinity,
    -Infinity,
  ])('ties, ends and what is no number: %p', (value) => {
    for (const digits of [1, 4, 6, 7, 10, 15])
      expect(significant(value, digits)).toBe(Number(value.toPrecision(digits)));
  });
});
