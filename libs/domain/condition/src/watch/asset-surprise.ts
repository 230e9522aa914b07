import { addToSurprise, freshSurprise, type SurpriseState } from '../detect/context-surprise';
import type { WatchReading } from './group';
import type { WatchSettings } from './watch-settings';
import { significant } from '../robust/significant';

/** What is remembered of how the values of one signal follow each other. JSON-serialisable, bounded. */
export interface SignalSurprise {
  state: SurpriseState;
  /** Time of the newest sample, ms. */
  at: number;
  /** The present finding: when it began, how surprising it was at most, and samples since. */
  found?: { since: number; score: number; n: number };
}

/** Signals that are watched so, by name. */
export interface SurpriseBook {
  signals: Record<string, SignalSurprise>;
}

/** Nothing seen yet. */
export const freshSurpriseBook = (): SurpriseBook => ({ signals: {} });

/**
 * Adds a sample of a signal of an asset that makes no moves: how surprising is it after those before it? The first signals
 * that come are watched, no more than the settings say. Older samples are late and not used. O(1). Changes `book`, adds
 * the surprise to `out`.
 */
export function addToSurprises(
  { surprise: settings }: WatchSettings,
  book: SurpriseBook,
  signal: string,
  at: number,
  value: number,
  out: WatchReading[],
): void {
  let own = book.signals[signal];
  if (!own) {
    if (Object.keys(book.signals).length >= settings.signals) return;
    own = book.signals[signal] = { state: freshSurprise(), at: 0 };
  }
  if (at <= own.at) return;
  own.at = at;
  const { alarm } = settings.detector;
  const statistic = addToSurprise(settings.detector, own.state, value);
  if (own.found && ++own.found.n > settings.lasts) delete own.found;
  if (statistic >= alarm)
    own.found = {
      since: own.found?.since ?? at,
      score: Math.max(own.found?.score ?? 0, significant(statistic, 4)),
      n: 0,
    };
  out.push({ group: `surprise ${signal}`, at, statistic, limit: alarm, out: statistic >= alarm });
}

/** Signals whose values surprise now, the most surprising first. */
export const surprising = ({ signals }: SurpriseBook): { signal: string; found: { since: number; score: number } }[] =>
  Object.entries(signals)
    .flatMap(([signal, { found }]) => (found ? [{ signal, found }] : []))
    .sort((a, b) => b.found.score - a.found.score || (a.signal < b.signal ? -1 : 1));
