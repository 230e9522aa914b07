import type { EventEnvelope } from '@quaywatch/contracts';

/** A fact to append; stream, revision and source are set by the log. */
export type NewFact = Omit<EventEnvelope, 'stream' | 'revision' | 'source'>;

/** `appended` with the stream's new revision, or `conflict` with the one it really has; then nothing was stored. */
export type AppendOutcome =
  { readonly kind: 'appended'; readonly revision: number } | { readonly kind: 'conflict'; readonly revision: number };

/**
 * The event log, grade fact: the book of record of one owner. Facts can never be changed or removed (the database
 * refuses it), and each is published to its topic exactly once in effect, in the order of appending.
 */
export interface FactLog {
  /**
   * Appends all or nothing to `stream` when its revision is `expected` (0 = new stream).
   * Event types must be in the catalogue with grade fact and owned by this service; else throws Fault `NOT_OWNER`.
   */
  append(stream: string, expected: number, facts: readonly NewFact[]): Promise<AppendOutcome>;
  /** All facts of a stream, oldest first; empty when there is none. `data` is upcast to the latest version. */
  read(stream: string): Promise<readonly EventEnvelope[]>;
}
