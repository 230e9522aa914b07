import type { Instant } from '@quaywatch/kernel';

/** Consecutive frames of one stream that are here, with the times of the first and the last, ms UTC. */
export type FrameRun = readonly [from: number, to: number, fromAt: Instant, toAt: Instant];

/** Sequence numbers of one stream that a device has said will never come. */
export interface LostFrames {
  readonly from: number;
  readonly to: number;
}

/** Frames that are not here. */
export interface MissingFrames {
  readonly from: number;
  readonly to: number;
  /** Time of the last frame before them; null = there is none. */
  readonly after: Instant | null;
  /** Time of the first frame after them. */
  readonly before: Instant;
  /** True when the device has said that they will never come. */
  readonly lost: boolean;
}

/** What is here of one stream. */
export interface StreamCompleteness {
  readonly lastSeq: number;
  readonly lastAt: Instant;
  /** Everything until then is here or known to be lost; null = nothing is. */
  readonly completeUntil: Instant | null;
  readonly missing: readonly MissingFrames[];
}

/** Most runs that are kept of one stream; beyond it the lowest is forgotten, and its hole seems larger than it is. */
export const mostFrameRuns = 256;

/** The runs with one more frame; the same runs when it was here already. */
export function withFrame(runs: readonly FrameRun[], seq: number, at: Instant): readonly FrameRun[] {
  let place = runs.length;
  while (place > 0 && (runs[place - 1]?.[0] ?? 0) > seq) place--;
  const before = runs[place - 1];
  const after = runs[place];
  if (before && seq <= before[1]) return runs;
  const joins = before?.[1] === seq - 1;
  const meets = after?.[0] === seq + 1;
  const from: FrameRun = joins ? (before as FrameRun) : [seq, seq, at, at];
  const to: FrameRun = meets ? (after as FrameRun) : [seq, seq, at, at];
  const merged: FrameRun = [from[0], to[1], from[2], to[3]];
  const next = [...runs.slice(0, joins ? place - 1 : place), merged, ...runs.slice(meets ? place + 1 : place)];
  return next.length > mostFrameRuns ? next.slice(-mostFrameRuns) : next;
}

/** What is here of a stream and what is not; undefined when nothing ever came. Frames are numbered from 1. */
export function completenessOf(runs: readonly FrameRun[], lost: readonly LostFrames[]): StreamCompleteness | undefined {
  const last = runs.at(-1);
  if (!last) return undefined;
  const missing: MissingFrames[] = [];
  let completeUntil: Instant | null = null;
  let whole = true;
  let expected = 1;
  let after: Instant | null = null;
  for (const [from, to, fromAt, toAt] of runs) {
    for (const hole of split(expected, from - 1, lost)) {
      missing.push({ ...hole, after, before: fromAt });
      if (!hole.lost) whole = false;
    }
    if (whole) completeUntil = toAt;
    expected = to + 1;
    after = toAt;
  }
  return { lastSeq: last[1], lastAt: last[3], completeUntil, missing };
}

/** The numbers `from`..`to` in pieces that are all lost or all just missing, rising. */
function split(from: number, to: number, lost: readonly LostFrames[]): { from: number; to: number; lost: boolean }[] {
  const pieces: { from: number; to: number; lost: boolean }[] = [];
  const records = [...lost].sort((a, b) => a.from - b.from);
  let at = from;
  for (const record of records) {
    const start = Math.max(at, record.from);
    const end = Math.min(to, record.to);
    if (start > end) continue;
    if (start > at) pieces.push({ from: at, to: start - 1, lost: false });
    const previous = pieces.at(-1);
    if (previous?.lost && previous.to === start - 1) pieces[pieces.length - 1] = { ...previous, to: end };
    else pieces.push({ from: start, to: end, lost: true });
    at = end + 1;
  }
  if (at <= to) pieces.push({ from: at, to, lost: false });
  return pieces;
}
