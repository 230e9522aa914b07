import type { Sample } from './moves/parse-signal';
import type { SpreaderState } from './state';

/** Most signals of which the newest value is kept. */
const mostSignals = 300;

/** Notes the newest value of a signal, and how far the data reach. Changes `state`. */
export function noteLatest(state: SpreaderState, { signal, at, value }: Sample): void {
  const seen = state.latest[signal];
  if (!seen) {
    if (Object.keys(state.latest).length < mostSignals) state.latest[signal] = [value, at];
  } else if (at >= seen[1]) {
    seen[0] = value;
    seen[1] = at;
  }
  if (state.dataUntil === null || at > state.dataUntil) state.dataUntil = at;
}
