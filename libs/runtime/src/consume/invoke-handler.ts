import { readEvent, type EventEnvelope } from '@quaywatch/contracts';
import { describeError, Fault, type Outcome } from '@quaywatch/kernel';
import { isPassing } from '../passing-fault';
import type { EventBatch } from './on-events';
import { Poison } from './poison';

/** Hands a batch to its handler. Throws a retryable Fault when it must come again, `Poison` when it can never succeed. */
export async function invokeHandler(handle: (batch: EventBatch) => Promise<Outcome>, batch: EventBatch): Promise<void> {
  let outcome: Outcome;
  try {
    outcome = await handle(batch);
  } catch (error) {
    if (isPassing(error)) throw error;
    throw new Poison(describeError(error), error);
  }
  if (outcome.kind === 'retry') throw new Fault('RETRY', outcome.reason, { retryable: true });
  if (outcome.kind === 'quarantine') throw new Poison(outcome.reason);
}

/** A stored event at its latest version. Throws `Poison` when it cannot be read, Fault `FUTURE_EVENT` when this build is too old for it. */
export function latestEvent(stored: unknown): EventEnvelope {
  const result = readEvent(stored);
  if (result.kind === 'event') return result.event;
  if (result.kind === 'from-the-future')
    throw new Fault('FUTURE_EVENT', `${result.reason}: upgrade this service first`);
  throw new Poison(result.reason);
}
