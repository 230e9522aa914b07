import { days, type Duration, type Instant } from '@quaywatch/kernel';
import type { JWK } from 'jose';

/** A signing key and when it was made, ms UTC (0 = before that was written down). */
export interface DatedKey {
  readonly key: JWK;
  readonly madeAt: Instant;
}

/** When keys change. */
export interface KeySchedule {
  /** A key signs for so long. */
  readonly signs: Duration;
  /** A new key is published so long before it signs, so that everybody has it by then. */
  readonly announced: Duration;
  /** A key that signs no more is published for so long: what it has signed can still be checked. */
  readonly kept: Duration;
}

/** 30 days of signing; a day before and a day after in the published set. Nothing that we sign lives longer than an hour. */
export const keySchedule = (signs: Duration): KeySchedule => ({ signs, announced: days(1), kept: days(1) });

/** What is to be done now: the keys in the order of the set (the first signs), with `null` where a new one has to be made. */
export function scheduleKeys(
  keys: readonly DatedKey[],
  now: Instant,
  { signs, announced, kept }: KeySchedule,
): readonly (DatedKey | null)[] {
  const byAge = [...keys].sort((a, b) => b.madeAt - a.madeAt);
  const [newest] = byAge;
  if (!newest) return [null];
  // The newest that has been announced for long enough signs; a lone key signs whatever its age.
  const signer = byAge.find(({ madeAt }) => now - madeAt >= announced) ?? (byAge.at(-1) as DatedKey);
  const takenOver = signer.madeAt + announced;
  const after = byAge.filter(({ madeAt }) => madeAt > signer.madeAt);
  const before = byAge.filter(({ madeAt }) => madeAt < signer.madeAt && now - takenOver < kept);
  const due = after.length === 0 && now - takenOver >= signs - announced;
  return [signer, ...(due ? [null] : []), ...after, ...before];
}
