import { EventPattern } from '@nestjs/microservices';
import type { EventEnvelope, Topic } from '@quaywatch/contracts';
import type { StoreTransaction } from '@quaywatch/ports';

/** Events of one partition in order, checked and upcast, with the transaction that also moves the position. */
export interface EventBatch {
  readonly topic: Topic;
  readonly partition: number;
  readonly events: readonly EventEnvelope[];
  /** Everything the handler stores goes through this transaction; it commits with the position or not at all (law L2). */
  readonly tx: StoreTransaction;
  /** True while a view is being rebuilt: facts and publications of the transaction are dropped, they were made already. */
  readonly replaying: boolean;
}

/**
 * Marks a method of a Nest controller as the handler of `topic` for the consumer (view) named `consumer`.
 * The method gets an `EventBatch` (`@Payload() batch: EventBatch`) and returns an `Outcome`:
 * `done`/`skip` commit; `retry` rolls back and the batch comes again; `quarantine` (or a thrown error that is not a
 * retryable Fault) makes the runtime go through the batch one event at a time and put only the bad ones aside, with
 * the reason, in the service's `dead_letter` table. At most `mostAtOnce` events come in one batch: few by default, so
 * that one batch does not keep the others in the process waiting; many suit a handler that does one statement per batch.
 * After a batch of less the consumer rests for `restFor` ms: for views that need not be up to date at once, and whose
 * batches cost about the same whether they are of ten events or a thousand.
 */
export function OnEvents(consumer: string, topic: Topic, { mostAtOnce = 50, restFor = 0 } = {}): MethodDecorator {
  return EventPattern(patternOf(consumer, topic), { mostAtOnce, restFor }) as MethodDecorator;
}

/** The Nest pattern of a consumer and topic. */
export const patternOf = (consumer: string, topic: Topic): string => `${consumer} ${topic}`;
