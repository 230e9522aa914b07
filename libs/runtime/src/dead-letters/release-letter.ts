import { Fault, type Outcome } from '@quaywatch/kernel';
import type { StoreTransaction, ViewStore } from '@quaywatch/ports';
import { invokeHandler, latestEvent } from '../consume/invoke-handler';
import type { EventBatch } from '../consume/on-events';
import { Poison } from '../consume/poison';
import type { Topic } from '@quaywatch/contracts';
import { waitAgain } from './put-aside';

/** `released`, or why not; `failed` leaves it waiting with the new reason. */
export type ReleaseOutcome =
  | { readonly kind: 'released' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'not_waiting' };

/** What a release needs. */
export interface Release {
  readonly store: ViewStore;
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  /** The handler of this consumer and topic; undefined when this build has none. */
  handlerOf(consumer: string, topic: Topic): ((batch: EventBatch) => Promise<Outcome>) | undefined;
  /** Runs in the transaction of the release. */
  also(tx: StoreTransaction): Promise<void>;
}

interface Place extends Record<string, unknown> {
  readonly consumer: string;
  readonly topic: Topic;
  readonly partition: number;
}

interface Letter extends Record<string, unknown> {
  readonly state: string;
  readonly event: string;
}

/** Name among the outbox marks of a position that counts releases, so that a release and a delivery never overlap. */
const mark = '~released';

/**
 * Hands a dead letter (or its replacement) to its consumer, between two records of its partition: the effect, the
 * decision and the place commit together. A delivery that ran at the same time starts over, or this does.
 */
export async function releaseLetter(release: Release): Promise<ReleaseOutcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await releaseOnce(release);
    } catch (error) {
      if (error instanceof Poison) {
        await release.store.transact((tx) => waitAgain(tx, release.id, error));
        return { kind: 'failed', reason: error.message };
      }
      if (error instanceof Fault && error.code === 'FUTURE_EVENT') return { kind: 'failed', reason: error.message };
      if (!(error instanceof Fault && error.code === 'STALE_INSTANCE') || attempt === 20) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10 * attempt * Math.random()));
  }
}

function releaseOnce(release: Release): Promise<ReleaseOutcome> {
  const { id } = release;
  return release.store.transact(async (tx) => {
    const [place] = await tx.query<Place>('select consumer, topic, partition from dead_letter where id = $1', [id]);
    if (!place) return { kind: 'not_waiting' };
    const { consumer, topic, partition } = place;
    // Before the letter itself: a rebuilt view that is put in place holds positions first, too.
    const position = await tx.holdPosition(consumer, topic, partition);
    const [letter] = await tx.query<Letter>(
      'select state, coalesce(replacement, event) as event from dead_letter where id = $1 for update',
      [id],
    );
    if (letter?.state !== 'waiting') return { kind: 'not_waiting' };
    const handle = release.handlerOf(consumer, topic);
    if (!handle) return { kind: 'failed', reason: `nothing called ${consumer} reads ${topic} in this version` };
    const events = [latestEvent(JSON.parse(letter.event))];
    await invokeHandler(handle, { topic, partition, events, replaying: false, tx });
    await tx.query(
      `update dead_letter set state = 'released', released_at = $2, again = false, attempts = attempts + 1,
         decided_by = $3, decided_reason = $4, changed_at = clock_timestamp() where id = $1`,
      [id, position?.next ?? 0, release.by, release.reason],
    );
    await release.also(tx);
    const outboxes = { ...position?.outboxes, [mark]: (position?.outboxes[mark] ?? 0) + 1 };
    await tx.movePosition(consumer, topic, partition, position, { next: position?.next ?? 0, outboxes });
    return { kind: 'released' };
  });
}
