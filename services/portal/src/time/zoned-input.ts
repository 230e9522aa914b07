import { timeWords } from './format-time';

const wall = (at: number, timeZone: string): string => timeWords(timeZone).plain(at).replace(' ', 'T');

/** A time as the browser's `datetime-local` field writes it, on the wall clock of a zone. */
export const toZonedInput = (at: number, timeZone: string): string => wall(at, timeZone).slice(0, 16);

/**
 * The time (ms UTC) that a `datetime-local` text means on the wall clock of a zone; undefined when it is none. A time
 * that summer time skips becomes the hour after; one that comes twice, one of the two.
 */
export function fromZonedInput(text: string, timeZone: string): number | undefined {
  const [minutes] = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.exec(text) ?? [];
  const wanted = Date.parse(`${minutes}:00Z`);
  if (minutes === undefined || Number.isNaN(wanted)) return undefined;
  let at = wanted;
  for (let i = 0; i < 2; i++) at += wanted - Date.parse(`${wall(at, timeZone)}Z`);
  return at;
}
