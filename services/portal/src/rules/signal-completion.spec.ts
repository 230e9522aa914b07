import { describe, expect, it } from '@jest/globals';
import { completionsOf } from './signal-completion';

const names: Readonly<Record<string, string>> = { 'hyd.press': 'Hydraulic pressure' };
const nameOf = (signal: string): string => names[signal] ?? signal;
const first = (text: string, caret = text.length) => completionsOf(text, caret, nameOf)[0];

describe('completion of signals', () => {
  it('reads a signal by its kind outside quotes', () => {
    expect(first('hyd.pres')).toEqual({ signal: 'hyd.press', text: 'num("hyd.press")', caret: 16 });
    expect(first('a && land')?.text).toBe('a && flag("landed")');
    expect(first('len.p')?.text).toBe('state("len.pos")');
  });

  it('puts only the name into quotes, and closes what is open', () => {
    expect(first('num("hyd.pre')?.text).toBe('num("hyd.press")');
    const inside = 'num("hyd.pre") > 3';
    expect(first(inside, 12)).toEqual({ signal: 'hyd.press', text: 'num("hyd.press") > 3', caret: 14 });
  });

  it('finds by name, begins with what begins so, and offers eight at most', () => {
    expect(first('Hydraulic')?.signal).toBe('hyd.press');
    expect(completionsOf('num("tl[', 8, nameOf).length).toBe(8);
    expect(completionsOf('num("', 5, nameOf).length).toBe(8);
  });

  it('keeps quiet about short words, whole names and what is no name', () => {
    expect(completionsOf('h', 1, nameOf)).toEqual([]);
    expect(completionsOf('3 > ', 4, nameOf)).toEqual([]);
    expect(completionsOf('', 0, nameOf)).toEqual([]);
    expect(completionsOf('hyd.press', 9, nameOf).map(({ signal }) => signal)).not.toContain('hyd.press');
  });
});
