import { readEvent, type Topic } from '@quaywatch/contracts';
import { Fault, type Outcome } from '@quaywatch/kernel';
import type { ConsumerPosition, LogBatch, LogRecord, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { putAside, waitAgain } from '../dead-letters/put-aside';
import { invokeHandler, latestEvent } from './invoke-handler';
import type { EventBatch } from './on-events';
import { Poison } from './poison';
import { replayPlan, replayTransaction, takenInAgain, type ReleasedLetter, type ReplayPlan } from './replay';

/** Everything that delivering batches of one topic to one consumer needs. */
export interface Delivery {
  readonly consumer: string;
  readonly topic: Topic;
  readonly store: ViewStore;
  handle(batch: EventBatch): Promise<Outcome>;
  /** Where this instance believes to stand in each partition; a stored position that differs means another took over. */
  readonly believed: Map<number, number>;
  /** Told of each event put aside. */
  onQuarantine(offset: number, reason: string): void;
}

/**
 * Delivers a batch so that its effect and the position commit in one transaction, exactly once in effect (law L2).
 * Records below the stored position and outbox entries sent twice are dropped. An event that can never succeed goes
 * to `dead_letter` with its reason and the rest goes on. Rejects with a retryable Fault when the batch must come again,
 * with Fault `FUTURE_EVENT` when this build is too old for it.
 */
export async function deliver(delivery: Delivery, batch: LogBatch): Promise<void> {
  try {
    await deliverTogether(delivery, batch);
  } catch (error) {
    if (error instanceof LetterFailed) {
      await delivery.store.transact((tx) => waitAgain(tx, error.letter.id, error.poison));
      delivery.onQuarantine(error.letter.offset, error.poison.message);
      return deliver(delivery, batch);
    }
    if (error instanceof Fault && error.code === 'FUTURE_EVENT') {
      // What stands before the event that this build does not know need not wait for the upgrade.
      const known = batch.records.findIndex(({ event }) => readEvent(event).kind === 'from-the-future');
      if (known > 0) await deliver(delivery, { ...batch, records: batch.records.slice(0, known) });
      throw error;
    }
    if (!(error instanceof Poison)) throw error;
    for (const record of batch.records) await deliverOne(delivery, { ...batch, records: [record] });
  }
}

async function deliverTogether(delivery: Delivery, batch: LogBatch): Promise<void> {
  const next = await delivery.store.transact(async (tx) => {
    const { consumer, topic } = delivery;
    const position = await currentPosition(delivery, batch.partition, tx);
    const left = remaining(batch.records, position);
    const last = left.at(-1);
    if (!last) return position?.next ?? 0;
    const plan = await replayPlan(tx, consumer, topic, batch.partition, position?.next ?? 0);
    for (const part of partsOf(plan, fresh(left, position), last.offset + 1)) {
      await handlePart(delivery, batch.partition, part, tx);
    }
    await tx.movePosition(consumer, topic, batch.partition, position, positionAfter(position, left, last.offset));
    return last.offset + 1;
  });
  delivery.believed.set(batch.partition, next);
}

async function handlePart(delivery: Delivery, partition: number, part: Part, tx: StoreTransaction): Promise<void> {
  const { replaying, letter } = part;
  try {
    await invokeHandler((batch) => delivery.handle(batch), {
      topic: delivery.topic,
      partition,
      events: part.events.map(latestEvent),
      replaying,
      tx: replaying ? replayTransaction(tx) : tx,
    });
    if (letter) await takenInAgain(tx, letter.id);
  } catch (error) {
    if (letter && error instanceof Poison) throw new LetterFailed(letter, error);
    throw error;
  }
}

async function currentPosition(
  delivery: Delivery,
  partition: number,
  tx: StoreTransaction,
): Promise<ConsumerPosition | undefined> {
  const position = await tx.holdPosition(delivery.consumer, delivery.topic, partition);
  const believed = delivery.believed.get(partition);
  if (believed !== undefined && believed !== (position?.next ?? 0)) {
    throw new Fault('STALE_INSTANCE', `${delivery.consumer} stands at ${position?.next ?? 0}, not at ${believed}`, {
      retryable: true,
    });
  }
  return position;
}

/** One event by itself; when it cannot succeed it is put aside and the position moves on, in one transaction. */
async function deliverOne(delivery: Delivery, batch: LogBatch): Promise<void> {
  try {
    await deliverTogether(delivery, batch);
  } catch (error) {
    if (!(error instanceof Poison)) throw error;
    const record = batch.records[0] as LogRecord;
    const { consumer, topic } = delivery;
    await delivery.store.transact(async (tx) => {
      const position = await currentPosition(delivery, batch.partition, tx);
      if (remaining([record], position).length === 0) return;
      await putAside(tx, { consumer, topic, partition: batch.partition, record }, error);
      const to = positionAfter(position, [record], record.offset);
      await tx.movePosition(consumer, topic, batch.partition, position, to);
    });
    delivery.believed.set(batch.partition, record.offset + 1);
    delivery.onQuarantine(record.offset, error.message);
  }
}

const remaining = (records: readonly LogRecord[], position: ConsumerPosition | undefined): LogRecord[] =>
  records.filter((record) => record.offset >= (position?.next ?? 0));

/** Without what the outbox relay sent twice: marks rise strictly per owner and partition. */
function fresh(records: readonly LogRecord[], position: ConsumerPosition | undefined): LogRecord[] {
  const seen = new Map(Object.entries(position?.outboxes ?? {}));
  return records.filter((record) => {
    if (!record.outbox) return true;
    if (record.outbox.seq <= (seen.get(record.outbox.owner) ?? 0)) return false;
    seen.set(record.outbox.owner, record.outbox.seq);
    return true;
  });
}

function positionAfter(
  position: ConsumerPosition | undefined,
  records: readonly LogRecord[],
  offset: number,
): ConsumerPosition {
  const outboxes: Record<string, number> = { ...position?.outboxes };
  for (const { outbox } of records) {
    if (outbox) outboxes[outbox.owner] = Math.max(outboxes[outbox.owner] ?? 0, outbox.seq);
  }
  return { next: offset + 1, outboxes };
}

/** Stored events that are handled together; `letter` when it is a dead letter released before the view was dropped. */
interface Part {
  readonly events: unknown[];
  readonly replaying: boolean;
  readonly letter?: ReleasedLetter;
}

/** Cut where a replay ends, and where a released dead letter was taken in; without what was decided to be left out. */
function partsOf(plan: ReplayPlan, records: readonly LogRecord[], after: number): readonly Part[] {
  const parts: Part[] = [];
  const letters = [...plan.again];
  const takeLetters = (upTo: number): void => {
    while (letters[0] && letters[0].at <= upTo) {
      const letter = letters.shift() as ReleasedLetter;
      parts.push({ events: [letter.event], replaying: true, letter });
    }
  };
  for (const record of records) {
    takeLetters(record.offset);
    if (plan.decided.has(record.offset)) continue;
    const replaying = record.offset < plan.until;
    const open = parts.at(-1);
    if (open && !open.letter && open.replaying === replaying) open.events.push(record.event);
    else parts.push({ events: [record.event], replaying });
  }
  takeLetters(after);
  return parts;
}

/** A released dead letter that a rebuilt view could not take in again. */
class LetterFailed extends Error {
  constructor(
    readonly letter: ReleasedLetter,
    readonly poison: Poison,
  ) {
    super(poison.message, { cause: poison });
    this.name = 'LetterFailed';
  }
}
