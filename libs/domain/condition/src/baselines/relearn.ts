import { signalAt } from '@quaywatch/contracts';
import type { ConditionSettings } from '../settings';
import type { SpreaderState } from '../state';
import { freshTrack } from '../tracks/track';
import { specOf } from '../tracks/track-book';
import { covers, watchBook } from '../watch/watch-book';

/**
 * A part of `component` was exchanged and the data proved it: what is normal for the indicators of its failure mode
 * (`inputs`, families) at its position, and for what is watched there, is learned anew from now on. Changes `state`.
 */
export function relearn(
  settings: ConditionSettings,
  state: SpreaderState,
  component: string,
  inputs: readonly string[],
): void {
  const position = Number(/\[(\d+)\]/.exec(component)?.[1] ?? 0);
  for (const family of inputs) {
    const feature = signalAt(family, position);
    const spec = specOf(settings, feature);
    if (spec?.baseline && state.tracks[feature]) state.tracks[feature] = freshTrack(spec);
  }
  for (const group of watchBook(settings.watch).all)
    if (covers(group.component, component) || covers(component, group.component))
      delete state.watch?.groups[group.component];
}
