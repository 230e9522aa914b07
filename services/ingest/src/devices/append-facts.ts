import { eventCatalogue } from '@quaywatch/contracts';
import { makeId } from '@quaywatch/kernel';
import type { Clock, NewFact, StoreTransaction } from '@quaywatch/ports';
import { Refused } from '@quaywatch/runtime';
import { applyDeviceFact } from './apply-device-fact';

/**
 * Appends facts of topic `devices` to a stream and applies them to the views in the same transaction: the broker sees
 * them at once, and the reactor comes to the same rows again. Throws `Refused` `conflict` when the stream moved on.
 */
export async function appendFacts(
  tx: StoreTransaction,
  clock: Clock,
  to: { readonly stream: string; readonly expected: number; readonly org: string; readonly key: string },
  added: readonly { readonly type: string; readonly data: unknown }[],
): Promise<void> {
  if (added.length === 0) return;
  const time = clock.now();
  const facts: NewFact[] = added.map(({ type, data }) => ({
    id: makeId('event', time, clock.random(16)),
    type,
    v: eventCatalogue.get(type)?.versions.length ?? 1,
    org: to.org,
    key: to.key,
    time,
    data,
  }));
  const outcome = await tx.facts.append(to.stream, to.expected, facts);
  if (outcome.kind === 'conflict')
    throw new Refused('conflict', `${to.key} was changed at the same moment: try again.`);
  for (const fact of facts) await applyDeviceFact(tx, { ...fact, source: 'ingest' });
}
