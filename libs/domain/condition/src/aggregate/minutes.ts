import { findSignal } from '@quaywatch/contracts';
import { parseSignal, type Sample } from '../moves/parse-signal';

/**
 * Samples of one signal in one minute. The sum is kept in millionths as a whole number, so that adding parts of a
 * minute gives the same row in whatever order and grouping they come (rebuilds are identical).
 */
export interface MinuteRow {
  readonly signal: string;
  /** Start of the minute, ms UTC. */
  readonly minute: number;
  count: number;
  min: number;
  max: number;
  /** Millionths of the unit. */
  sumMicro: number;
}

/** Largest size a value may have to be kept in a minute row. */
const largest = 1e9;

/** Adds the numeric samples of a frame to the minutes; features of moves and states are not kept here. */
export function addMinutes(rows: Map<string, MinuteRow>, stream: string, samples: readonly Sample[]): void {
  for (const { signal, at, value } of samples) {
    if (typeof value !== 'number' || !(Math.abs(value) <= largest)) continue;
    if (stream !== 'live' && findSignal(parseSignal(signal).family)?.rate === 'M') continue;
    const minute = Math.floor(at / 60_000) * 60_000;
    const key = `${minute} ${signal}`;
    const micro = Math.round(value * 1e6);
    const row = rows.get(key);
    if (!row) rows.set(key, { signal, minute, count: 1, min: value, max: value, sumMicro: micro });
    else {
      row.count += 1;
      row.sumMicro += micro;
      if (value < row.min) row.min = value;
      if (value > row.max) row.max = value;
    }
  }
}
