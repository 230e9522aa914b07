import {
  endOfWalk,
  openNote,
  originOf,
  readCheckpoint,
  walk,
  walkFrom,
  type Checkpoint,
  type NoteKey,
  type StoredEntry,
  type Walk,
} from '@quaywatch/domain/audit';
import type { Queryable } from '@quaywatch/ports';
import { sha256 } from './sha256';
import { verifyEd25519 } from './signer';

const page = 2000;

/** What the walk over the stored chain of an organisation found, and its newest checkpoint. */
export interface Verification {
  readonly walked: Walk;
  readonly newest: { readonly checkpoint: Checkpoint; readonly valid: boolean } | null;
}

/** Walks the whole stored chain of `org`, page by page, and holds it against its checkpoints. */
export async function verifyStored(q: Queryable, org: string, log: string, key: NoteKey): Promise<Verification> {
  const notes = await q.query<{ size: string; note: string }>(
    'select size, note from audit_checkpoint where org = $1 order by size',
    [org],
  );
  const opened = notes.map(({ note }) => open(key, note));
  const good = opened.flatMap((one) =>
    one?.valid && one.checkpoint.origin === originOf(log, org) ? [one.checkpoint] : [],
  );
  let state = walkFrom(org, good);
  for (let after = 0; ;) {
    const entries = await q.query<StoredEntry & { seq: string; [column: string]: unknown }>(
      'select seq, body, hash from audit_entry where org = $1 and seq > $2 order by seq limit $3',
      [org, after, page],
    );
    for (const entry of entries) state = walk(sha256, state, entry);
    const last = entries.at(-1);
    if (!last || state.firstBreak) break;
    after = Number(last.seq);
  }
  state = endOfWalk(state);
  const bad = opened.findIndex((one) => !one?.valid);
  if (bad >= 0 && !state.firstBreak) {
    state = {
      ...state,
      firstBreak: {
        seq: Number(notes[bad]?.size),
        reason: `the checkpoint of ${notes[bad]?.size} entries is not signed by our key`,
      },
    };
  }
  return { walked: state, newest: opened.at(-1) ?? null };
}

/** A stored checkpoint, and whether its signature is good; undefined when it cannot be read at all. */
function open(key: NoteKey, note: string): { checkpoint: Checkpoint; valid: boolean } | undefined {
  const text = openNote(sha256, key, verifyEd25519, note);
  const checkpoint = readCheckpoint(text ?? note.slice(0, note.lastIndexOf('\n\n') + 1));
  return checkpoint && { checkpoint, valid: text !== undefined };
}
