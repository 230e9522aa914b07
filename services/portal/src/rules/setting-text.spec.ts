import { describe, expect, it } from '@jest/globals';
import { settingField, settingOf, settingText } from './setting-text';

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
    expect([null, true, false, 3, 'x', ['a', 'b']].map((value) => settingText(value, words))).toEqual([
      'not set',
      'yes',
      'no',
      '3',
      'x',
      'a; b',
    ]);
  });
});
