import { signalFamily } from '@quaywatch/contracts';
import { laneKind, segmentsOf, type Replay } from './replay-lanes';

/** Something that happened in the window. */
export type Happening =
  | { readonly at: number; readonly kind: 'state'; readonly signals: readonly string[]; readonly value: number }
  | { readonly at: number; readonly kind: 'move'; readonly move: Replay['moves'][number] }
  | { readonly at: number; readonly kind: 'finding'; readonly finding: Replay['findings'][number] }
  | { readonly at: number; readonly kind: 'burst'; readonly burst: Replay['bursts'][number] }
  | { readonly at: number; readonly kind: 'gap'; readonly until: number };

/**
 * What happened in a window, in order: states that changed (to the precision of the buckets), moves as they ended,
 * findings as they were first seen, bursts at a high rate, and times in which nothing came. A state's first value is no change; the same change
 * of several positions in one bucket is one entry.
 */
export function happeningsOf(replay: Replay): Happening[] {
  const from = Date.parse(replay.from);
  const found: Happening[] = [];
  const changes = new Map<string, Extract<Happening, { kind: 'state' }>>();
  for (const signal of replay.signals) {
    if (laneKind(signal) !== 'state') continue;
    let before: number | null = null;
    for (const { from: bucket, value } of segmentsOf(signal)) {
      if (value === null) continue;
      const at = replay.t[bucket] ?? from;
      if (before !== null && before !== value) {
        const word = signal.words?.[value] ?? String(value);
        const key = `${at} ${signalFamily(signal.signal)} ${word}`;
        const signals = [...(changes.get(key)?.signals ?? []), signal.signal];
        changes.set(key, { at, kind: 'state', signals, value });
      }
      before = value;
    }
  }
  found.push(...changes.values());
  for (const move of replay.moves) found.push({ at: Date.parse(move.to), kind: 'move', move });
  for (const finding of replay.findings) {
    const at = Date.parse(finding.from);
    if (at >= from) found.push({ at, kind: 'finding', finding });
  }
  for (const burst of replay.bursts) found.push({ at: Date.parse(burst.from), kind: 'burst', burst });
  for (const gap of replay.gaps) found.push({ at: Date.parse(gap.from), kind: 'gap', until: Date.parse(gap.to) });
  return found.sort((a, b) => a.at - b.at);
}
