import type { ConditionSettings } from '../settings';
import type { SpreaderState } from '../state';
import { observeFeature } from '../tracks/track-book';

/** Samples of one signal that cannot be real, in the window under way. JSON-serialisable. */
export interface ImplausibleState {
  /** Number of the window since 1970. */
  window: number;
  n: number;
  bad: boolean;
}

/** Most signals watched. */
const most = 64;

/**
 * Counts samples that cannot be real: outside the range of the catalogue, or no number. They are used for nothing else.
 * A signal with many of them in a window is bad until a window without; whenever that changes, the feature
 * `btu.implausible` gets the number of bad signals. O(1). Changes `state`.
 */
export function noteImplausible(settings: ConditionSettings, state: SpreaderState, signal: string, at: number): void {
  const book = (state.implausible ??= {});
  const window = Math.floor(at / settings.quality.window);
  let seen = book[signal];
  if (!seen) {
    if (Object.keys(book).length >= most) return;
    seen = book[signal] = { window, n: 0, bad: false };
  }
  if (window > seen.window) {
    seen.window = window;
    seen.n = 0;
  }
  seen.n += 1;
  if (seen.bad || seen.n < settings.quality.implausible) return;
  seen.bad = true;
  tell(settings, state, at);
}

/** A real sample came: a signal that was bad is good again once a whole window had no bad sample. Changes `state`. */
export function notePlausible(settings: ConditionSettings, state: SpreaderState, signal: string, at: number): void {
  const seen = state.implausible?.[signal];
  if (!seen || Math.floor(at / settings.quality.window) <= seen.window + 1) return;
  const { bad } = seen;
  delete state.implausible?.[signal];
  if (bad) tell(settings, state, at);
}

function tell(settings: ConditionSettings, state: SpreaderState, at: number): void {
  const bad = Object.values(state.implausible ?? {}).filter((one) => one.bad).length;
  observeFeature(settings, state, 'btu.implausible', at, bad, true);
}
