/** A metric that a birth announced. */
export interface BornMetric {
  readonly signal: string;
  readonly datatype: number;
  /** Sparkplug device it belongs to; undefined = the edge node itself. */
  readonly device: string | undefined;
}

/** What is known of an edge node on this connection (Sparkplug B 3.0, 5). */
export interface SparkplugNode {
  readonly group: string;
  /** bdSeq of the last will. */
  bdSeq: number | undefined;
  /** Time of its NBIRTH, ms; undefined before. Names the session: it is the `boot` of its frames. */
  born: number | undefined;
  lastSeq: number;
  readonly byAlias: Map<string, BornMetric>;
  readonly byName: Map<string, BornMetric>;
  readonly devices: Set<string>;
  /** Sequence numbers given to frames, by stream. */
  readonly numbers: Record<string, number>;
  /** When a rebirth was asked for last, ms. */
  askedAt: number;
}

export const newNode = (group: string): SparkplugNode => ({
  group,
  bdSeq: undefined,
  born: undefined,
  lastSeq: -1,
  byAlias: new Map(),
  byName: new Map(),
  devices: new Set(),
  numbers: {},
  askedAt: 0,
});
