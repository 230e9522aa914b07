import { describe, expect, it } from '@jest/globals';
import { hoursText, quantityText, scaleFor } from './quantity';

describe('quantityText', () => {
  it.each([
    [2310, 'ms', '2.31\u00a0s'],
    [980, 'ms', '980\u00a0ms'],
    [65.43, 'Cel', '65.4\u00a0°C'],
    [3, '1', '3'],
    [1.523, '1', '1.52'],
    [12_345, 'h', '12,345\u00a0h'],
    [-0.4, 't', '-0.4\u00a0t'],
    [0.22, '/1000', '0.22\u00a0per 1,000'],
    [2.5, '[g]', '2.5\u00a0g'],
  ])('%d %s', (value, unit, expected) => expect(quantityText(value, unit)).toBe(expected));

  it('keeps one scale for a whole series', () => expect(scaleFor('ms', 1400)).toEqual({ per: 1000, unit: 's' }));
  it('has hours with one digit', () => expect([19.14, 2, 188.06].map(hoursText)).toEqual(['19.1', '2', '188.1']));
});
