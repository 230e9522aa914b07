import type { LimitSpec, TrackSpec } from '../settings';

/** So many observations in a row. */
export const moves = (count: number): LimitSpec['onAfter'] => ({ count });

/** Ratio to the baseline, above it. */
export const ratioAbove = (watch: number, plan: number, actNow: number, on: number, off = 15): LimitSpec => ({
  measure: 'ratio',
  side: 'above',
  watch,
  plan,
  actNow,
  hysteresis: watch / 4,
  onAfter: moves(on),
  offAfter: moves(off),
});

/** Difference from the baseline. */
export const offset = (
  side: LimitSpec['side'],
  watch: number,
  plan: number,
  actNow: number,
  on: number,
  off = 15,
): LimitSpec => ({
  measure: 'offset',
  side,
  watch,
  plan,
  actNow,
  hysteresis: watch / 4,
  onAfter: moves(on),
  offAfter: moves(off),
});

/** The value itself. */
export const fixed = (
  side: LimitSpec['side'],
  watch: number,
  plan: number,
  actNow: number,
  hysteresis: number,
  on: number,
  off = 15,
): LimitSpec => ({
  measure: 'value',
  side,
  watch,
  plan,
  actNow,
  hysteresis,
  onAfter: moves(on),
  offAfter: moves(off),
});

/** Number of moves with an event among the last fifty. */
export const counted = (id: string, words: string, watch: number, plan: number, actNow: number): TrackSpec => ({
  id,
  unit: '1',
  words,
  statistic: 'count',
  recent: 50,
  plausible: [0, 1],
  limits: [fixed('above', watch, plan, actNow, Math.min(1, watch / 2), 1, 1)],
  freshFor: 7 * 86_400_000,
});
