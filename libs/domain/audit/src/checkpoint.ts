import { fromIso, toIso, type Instant } from '@quaywatch/kernel';
import { fromBase64, toBase64 } from './bytes';

/** What a checkpoint says: at `at` the chain `origin` had `size` entries and this head. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly head: Uint8Array;
  readonly at: Instant;
}

/** The chain of an organisation, as checkpoints name it. */
export const originOf = (log: string, org: string): string => `${log}/${org}`;

/**
 * Text of a checkpoint, laid out like C2SP tlog-checkpoint: origin, size, base64 of the head, then extension lines: the
 * kind of log (ours is a hash chain, not a Merkle tree) and the time.
 */
export const checkpointText = ({ origin, size, head, at }: Checkpoint): string =>
  `${origin}\n${size}\n${toBase64(head)}\n${kind}\ntime ${toIso(at)}\n`;

/** The checkpoint that a text says; undefined when it is none of ours. */
export function readCheckpoint(text: string): Checkpoint | undefined {
  const [origin, size, encoded, ours, time, end, more] = text.split('\n');
  const head = fromBase64(encoded ?? '');
  const at = fromIso(/^time (\S+)$/.exec(time ?? '')?.[1] ?? '');
  if (!origin || !/^[1-9]\d{0,14}$/.test(size ?? '') || head?.length !== 32 || ours !== kind) return undefined;
  if (at === undefined || end !== '' || more !== undefined) return undefined;
  return { origin, size: Number(size), head, at };
}

const kind = 'kind hash-chain-sha256';
