/** Sequence numbers seen of one device stream in one boot: disjoint ranges, rising. JSON-serialisable, bounded. */
export type SeenRanges = [number, number][];

/** Most ranges kept; more holes than this are forgotten, oldest first. */
const mostRanges = 32;

/** Most (device, stream, boot) kept, the latest used. */
const mostStreams = 24;

/** True when the frame was noted before: see `noteFrame`. */
export const wasSeen = (streams: Readonly<Record<string, SeenRanges>>, key: string, seq: number): boolean =>
  streams[key]?.some(([from, to]) => seq >= from && seq <= to) ?? false;

/**
 * Notes a frame's sequence number. False when it was seen before: the frame must have no further effect. Exact for up
 * to 32 holes at a time, also when stored frames come after live ones. Changes `streams`.
 */
export function noteFrame(streams: Record<string, SeenRanges>, key: string, seq: number): boolean {
  const ranges = streams[key] ?? [];
  delete streams[key];
  streams[key] = ranges;
  const oldest = Object.keys(streams)[0];
  if (oldest !== undefined && Object.keys(streams).length > mostStreams) delete streams[oldest];
  let i = ranges.length - 1;
  while (i >= 0 && (ranges[i] as [number, number])[0] > seq) i--;
  const below = ranges[i];
  if (below && seq <= below[1]) return false;
  const above = ranges[i + 1];
  if (below && below[1] === seq - 1) {
    below[1] = seq;
    if (above && above[0] === seq + 1) {
      below[1] = above[1];
      ranges.splice(i + 1, 1);
    }
  } else if (above && above[0] === seq + 1) above[0] = seq;
  else ranges.splice(i + 1, 0, [seq, seq]);
  if (ranges.length > mostRanges) {
    const [first, second] = ranges as [[number, number], [number, number]];
    ranges.splice(0, 2, [first[0], second[1]]);
  }
  return true;
}
