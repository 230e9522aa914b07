import { signalAt } from '@quaywatch/contracts';
import { parseSignal } from '../moves/parse-signal';
import type { Watched } from './group';
import type { WatchedFeature, WatchSettings } from './watch-settings';

/** Groups with concrete features, by how their rows are made. */
export interface WatchBook {
  readonly all: readonly Watched[];
  readonly moves: readonly Watched[];
  /** Sampled signal → the groups of window rows that read it. */
  readonly bySignal: ReadonlyMap<
    string,
    readonly { readonly group: Watched; readonly within: WatchedFeature['within'] }[]
  >;
}

const books = new WeakMap<WatchSettings, WatchBook>();

/** The groups of the settings at every position. */
export function watchBook(settings: WatchSettings): WatchBook {
  const known = books.get(settings);
  if (known) return known;
  const all = settings.groups.flatMap((group): Watched[] =>
    group.positions === undefined
      ? [group]
      : Array.from({ length: group.positions }, (_, i) => ({
          ...group,
          component: signalAt(group.component, i + 1),
          features: group.features.map((feature) => ({ ...feature, feature: signalAt(feature.feature, i + 1) })),
        })),
  );
  const bySignal = new Map<string, { group: Watched; within: WatchedFeature['within'] }[]>();
  for (const group of all) {
    if (group.rows !== 'window') continue;
    for (const { feature, within } of group.features)
      bySignal.set(feature, [...(bySignal.get(feature) ?? []), { group, within }]);
  }
  const book = { all, moves: all.filter(({ rows }) => rows === 'move'), bySignal };
  books.set(settings, book);
  return book;
}

/** A finding at `component` explains what is seen in the group: the same component, a part of it, or what it names. */
export const explains = (group: Watched, component: string): boolean =>
  [group.component, ...group.explainedBy].some((prefix) => covers(prefix, component));

/** `TL[3]` is covered by `TL`, `TL[3]` and not by `TL[2]`; `HYD.P` by `HYD`. */
export const covers = (whole: string, part: string): boolean =>
  part === whole || (part.startsWith(whole) && /^[.[]/.test(part.slice(whole.length)));

/** The position-free name of a feature, to look up who else judges it. */
export const familyOf = (feature: string): string => parseSignal(feature).family;
