import {
  endOfWalk,
  openNote,
  readBody,
  readCheckpoint,
  walk,
  walkFrom,
  type Checkpoint,
  type NoteKey,
  type Walk,
} from '@quaywatch/domain/audit';
import { createHash, createPublicKey, verify } from 'node:crypto';
import type { Export } from './read-export';

/** SHA-256. */
export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());

const spki = Buffer.from('302a300506032b6570032100', 'hex');
const verifyEd25519 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean =>
  verify(
    null,
    message,
    createPublicKey({ key: Buffer.concat([spki, publicKey]), format: 'der', type: 'spki' }),
    signature,
  );

/** What is wrong with an export; no problems = everything up to the newest checkpoint is as it was signed. */
export interface Verdict {
  readonly walked: Walk;
  readonly newest: Checkpoint | undefined;
  readonly problems: readonly string[];
}

/** Verifies an export with nothing but the public key. */
export function verifyExport(given: Export, key: NoteKey): Verdict {
  const problems: string[] = [];
  const org = readBody(given.entries[0]?.body ?? '')?.org ?? '';
  const good: Checkpoint[] = [];
  for (const { file, note } of given.checkpoints) {
    const text = openNote(sha256, key, verifyEd25519, note);
    const checkpoint = text === undefined ? undefined : readCheckpoint(text);
    if (!checkpoint) problems.push(`${file} has no good signature of ${key.name}`);
    else if (checkpoint.origin !== `${key.name}/${org}`)
      problems.push(`${file} is of ${checkpoint.origin}, not of ${org}`);
    else good.push(checkpoint);
  }
  let state = walkFrom(org, good);
  for (const entry of given.entries) state = walk(sha256, state, entry);
  state = endOfWalk(state);
  if (state.firstBreak) problems.push(`entry ${state.firstBreak.seq}: ${state.firstBreak.reason}`);
  const newest = good.reduce<Checkpoint | undefined>(
    (best, one) => (best && best.size >= one.size ? best : one),
    undefined,
  );
  if (!newest) problems.push('there is no checkpoint with a good signature: nothing is proved');
  else if (!state.firstBreak && newest.size < state.entries)
    problems.push(`entries after ${newest.size} are not covered by a checkpoint`);
  return { walked: state, newest, problems };
}
