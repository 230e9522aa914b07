import { describe, expect, it } from '@jest/globals';
import { isolated } from './chart-marks';

describe('isolated', () => {
  it.each([
    [[1, null, 2, null, 3], [0, 2, 4]],
    [[1, 2, null, 3, 4], []],
    [[null, 5, null], [1]],
    [[7], [0]],
    [[], []],
    [[0, null, 0], [0, 2]],
  ])('%j', (values, expected) => expect(isolated(values)).toEqual(expected));
});
