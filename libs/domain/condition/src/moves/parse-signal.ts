import { signalFamily, signalPosition } from '@quaywatch/contracts';

/** A value of a signal at a time, ms UTC; null = missing. */
export interface Sample {
  readonly signal: string;
  readonly at: number;
  readonly value: number | boolean | string | null;
}

/** A concrete signal taken apart: `tl[3].locked` → family `tl[n].locked`, position 3 (0 = has none). */
export interface ParsedSignal {
  readonly family: string;
  readonly position: number;
}

const known = new Map<string, ParsedSignal>();

/** Takes a signal id apart. The memory of it is bounded; the answer depends on the argument only. */
export function parseSignal(signal: string): ParsedSignal {
  const found = known.get(signal);
  if (found) return found;
  const parsed = { family: signalFamily(signal), position: signalPosition(signal) ?? 0 };
  if (known.size < 5000) known.set(signal, parsed);
  return parsed;
}
