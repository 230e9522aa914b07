import { describe, expect, it } from '@jest/globals';
import { amountText, settingField, settingOf, settingText } from './setting-text';

describe('a setting of the catalogue', () => {
  it.each([
    ['number', ' 2.5 ', 2.5],
    ['number', '', undefined],
    ['number', 'much', undefined],
    ['flag', 'true', true],
    ['flag', 'false', false],
    ['text', ' Grease it ', 'Grease it'],
    ['text', ' ', undefined],
    ['choice', 'safety', 'safety'],
    ['list', 'a\n\n b ', ['a', 'b']],
    ['list', '\n', undefined],
  ] as const)('%s: "%s"', (kind, field, value) => expect(settingOf(kind, field)).toEqual(value));

  it.each([
    ['list', ['a', 'b']],
    ['number', -0.5],
    ['flag', false],
  ] as const)('reads what it writes: %s', (kind, value) => {
    const copy = Array.isArray(value) ? [...value] : value;
    expect(settingOf(kind, settingField(copy as never))).toEqual(value);
  });

  it('is told in words', () => {
    const words = { yes: 'yes', no: 'no', none: 'not set' };
    expect([null, true, false, 3, 'x', ['a', 'b']].map((value) => settingText(value, '1', words))).toEqual([
      'not set',
      'yes',
      'no',
      '3',
      'x',
      'a; b',
    ]);
  });

  it.each([
    [604_800_000, 'ms', '604,800,000 ms (7 d)'],
    [900_000, 'ms', '900,000 ms (15 min)'],
    [5_400_000, 'ms', '5,400,000 ms (1.5 h)'],
    [2000, 'ms', '2,000 ms'],
    [123.456, 'Cel', '123.456 °C'],
    [0.35, '1', '0.35'],
    [90_000, 'kg', '90,000 kg'],
  ])('%d %s is told as %s', (value, unit, text) => expect(amountText(value, unit)).toBe(text));
});
