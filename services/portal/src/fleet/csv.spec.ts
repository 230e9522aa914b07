import { describe, expect, it } from '@jest/globals';
import { toCsv } from './csv';

const body = (cell: string | number | null): string => toCsv(['h'], [[cell]]).slice('\uFEFFh\r\n'.length, -2);

describe('toCsv', () => {
  it('starts with the byte order mark and ends each line with CR LF', () => {
    expect(toCsv(['a', 'b'], [[1, 'x']])).toBe('\uFEFFa,b\r\n1,x\r\n');
  });

  it.each([
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['+1', "'+1"],
    ['-1+2', "'-1+2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    [' =1', "' =1"],
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['two\nlines', '"two\nlines"'],
    ['Valparaíso', 'Valparaíso'],
  ])('%j', (given, expected) => expect(body(given)).toBe(expected));

  it('keeps numbers as numbers, also negative ones, and nothing as nothing', () => {
    expect(body(-3.5)).toBe('-3.5');
    expect(body(Number.NaN)).toBe('');
    expect(body(null)).toBe('');
  });
});
