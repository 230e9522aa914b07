import { findSignal } from '@quaywatch/contracts';
import { everySignal } from '../parts/signal-field';

/** Most suggestions at once. */
const most = 8;

/** A signal that fits what is being typed, and what the expression becomes with it. */
export interface Completion {
  readonly signal: string;
  /** The whole expression. */
  readonly text: string;
  /** Where the caret stands then. */
  readonly caret: number;
}

const readers = { number: 'num', boolean: 'flag', enum: 'state' } as const;

/**
 * Signals that fit the word before the caret, by id or by name. Inside quotes only the id is put in, elsewhere also the
 * reader of its kind: `num("hyd.press")`. Nothing for words shorter than two letters outside quotes.
 */
export function completionsOf(text: string, caret: number, nameOf: (signal: string) => string): Completion[] {
  const before = text.slice(0, caret);
  const quoted = (before.match(/"/g)?.length ?? 0) % 2 === 1;
  const word = (quoted ? /[^"]*$/ : /[A-Za-z][\w.[\]]*$/).exec(before)?.[0] ?? '';
  if (!quoted && word.length < 2) return [];
  const wanted = word.toLowerCase();
  const fits = (signal: string): boolean =>
    signal.toLowerCase().includes(wanted) || nameOf(signal).toLowerCase().includes(wanted);
  const rank = (signal: string): number => (signal.toLowerCase().startsWith(wanted) ? 0 : 1);
  return everySignal
    .filter((signal) => signal !== word && fits(signal))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, most)
    .map((signal) => {
      const start = caret - word.length;
      const rest = text.slice(caret);
      const put = quoted ? signal : `${readers[findSignal(signal)?.kind ?? 'number']}("${signal}")`;
      // The end of the name, its closing quote and bracket may be there already.
      const tail = quoted ? rest.replace(/^[\w.[\]]*/, '') : rest;
      const close = quoted && !tail.startsWith('"') ? '")' : '';
      const made = text.slice(0, start) + put + close + tail;
      return { signal, text: made, caret: start + put.length + (quoted ? (close === '' ? 0 : 2) : 0) };
    });
}
