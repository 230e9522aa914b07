import { fromHex, sameBytes, toHex } from './bytes';
import { emptyHead, headAfter, leafOf, readBody, type Hash } from './chain';
import type { Checkpoint } from './checkpoint';

/** An entry as it is stored or exported: its canonical bytes and the head after it (hex). */
export interface StoredEntry {
  readonly body: string;
  readonly hash: string;
}

/** Where the chain is broken: the number of the first entry that is not what it should be, and why. */
export interface Break {
  readonly seq: number;
  readonly reason: string;
}

/** How far a chain was walked; it starts with `walkFrom`. After a break nothing more is looked at. */
export interface Walk {
  readonly org: string;
  readonly entries: number;
  readonly head: Uint8Array;
  readonly firstBreak: Break | null;
  /** Checkpoints still ahead, by size. */
  readonly ahead: readonly Checkpoint[];
}

/** The start of a walk over the chain of `org`; `checkpoints` are those with a good signature, in any order. */
export const walkFrom = (org: string, checkpoints: readonly Checkpoint[]): Walk => ({
  org,
  entries: 0,
  head: emptyHead,
  firstBreak: null,
  ahead: [...checkpoints].sort((a, b) => a.size - b.size),
});

/** One step: the entry must have the next number, the right organisation, its own bytes, and fit what was signed. */
export function walk(hash: Hash, state: Walk, entry: StoredEntry): Walk {
  if (state.firstBreak) return state;
  const seq = state.entries + 1;
  const broken = (reason: string): Walk => ({ ...state, firstBreak: { seq, reason } });
  const body = readBody(entry.body);
  if (!body) return broken('the entry is damaged: it is not in its canonical form');
  if (body.seq > seq) return broken(`entries are missing: entry ${body.seq} comes where ${seq} should be`);
  if (body.seq < seq) return broken(`the order was changed: entry ${body.seq} comes where ${seq} should be`);
  if (body.org !== state.org) return broken(`the entry belongs to ${body.org}`);
  const head = headAfter(hash, state.head, leafOf(hash, entry.body));
  const stored = fromHex(entry.hash);
  if (!stored || !sameBytes(stored, head)) return broken('the entry was changed: its hash is another one');
  const signed = state.ahead[0];
  if (signed?.size === seq && !sameBytes(signed.head, head)) {
    return broken(`the signed checkpoint of ${seq} entries has another head: an entry up to here was replaced`);
  }
  const ahead = state.ahead.filter((checkpoint) => checkpoint.size > seq || !sameBytes(checkpoint.head, head));
  return { ...state, entries: seq, head, ahead };
}

/** Ends a walk: checkpoints of more entries than there are prove that the end was cut off. */
export function endOfWalk(state: Walk): Walk {
  const signed = state.ahead[0];
  if (state.firstBreak || !signed) return state;
  const reason =
    signed.size <= state.entries
      ? `two checkpoints of ${signed.size} entries were signed with different heads`
      : `entries are missing at the end: ${signed.size} were signed, ${state.entries} are there`;
  return { ...state, firstBreak: { seq: Math.min(signed.size, state.entries + 1), reason } };
}

/** Verifies a chain that fits into memory; see `walk`. */
export const verifyChain = (
  hash: Hash,
  org: string,
  entries: readonly StoredEntry[],
  checkpoints: readonly Checkpoint[],
): Walk => endOfWalk(entries.reduce((state, entry) => walk(hash, state, entry), walkFrom(org, checkpoints)));

/** One line of an export: the head after the entry in hex, a space, the entry's bytes. */
export const exportLine = ({ hash, body }: StoredEntry): string => `${hash} ${body}\n`;

/** The entry of a line of an export; a line that is none becomes an entry that no chain fits. */
export const readExportLine = (line: string): StoredEntry => ({ hash: line.slice(0, 64), body: line.slice(65) });

/** The head as people see it: hex. */
export const headText = (state: Walk): string => toHex(state.head);
