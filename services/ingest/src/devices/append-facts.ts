import { eventCatalogue, events } from '@quaywatch/contracts';
import { makeId } from '@quaywatch/kernel';
import type { Clock, NewFact, StoreTransaction } from '@quaywatch/ports';
import { Refused } from '@quaywatch/runtime';
import { applyDeviceFact } from './apply-device-fact';
import { noteChange } from './device-changes';

/** The thing was changed by somebody else since it was read: decide again. A refusal for those who do not. */
export class StreamMoved extends Refused {
  constructor(key: string) {
    super('conflict', `${key} was changed at the same moment: try again.`);
  }
}

const attempts = 5;

/** Facts that change what is decided by when a device comes, and while it is connected. */
const identityFacts: ReadonlySet<string> = new Set(
  [
    events.deviceEnrolled,
    events.certificateIssued,
    events.certificateRevoked,
    events.certificateFirstUsed,
    events.devicePresented,
    events.deviceRejected,
    events.deviceQuarantined,
    events.deviceReleased,
  ].map(({ type }) => type),
);

/** Runs `decide` again, from the start, when the stream that it read has moved on meanwhile. */
export async function decideAgain<T>(decide: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await decide();
    } catch (error) {
      if (!(error instanceof StreamMoved) || attempt === attempts) throw error;
    }
  }
}

/**
 * Appends facts of topic `devices` to a stream and applies them to the views in the same transaction: the broker sees
 * them at once, and the reactor comes to the same rows again. Throws `StreamMoved` when somebody else was
 * faster.
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
  if (outcome.kind === 'conflict') throw new StreamMoved(to.key);
  for (const fact of facts) await applyDeviceFact(tx, { ...fact, source: 'ingest' });
  const changed = added.filter(({ type }) => identityFacts.has(type)).map(({ data }) => (data as { btu: string }).btu);
  for (const btu of new Set(changed)) await noteChange(tx, btu);
}
