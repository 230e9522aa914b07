import { readEvent, type EventEnvelope, type Topic } from '@quaywatch/contracts';
import { describeError, Fault, type Outcome } from '@quaywatch/kernel';
import type { ConsumerPosition, LogBatch, LogRecord, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { isPassing } from '../passing-fault';
import type { EventBatch } from './on-events';
import { replayTransaction, replayUntil } from './replay';

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
    if (!(error instanceof Poison)) throw error;
    for (const record of batch.records) await deliverOne(delivery, { ...batch, records: [record] });
  }
}

async function deliverTogether(delivery: Delivery, batch: LogBatch): Promise<void> {
  const next = await delivery.store.transact(async (tx) => {
    const { consumer, topic } = delivery;
    const position = await currentPosition(delivery, batch.partition, tx);
    const until = await replayUntil(tx, consumer, topic, batch.partition);
    // A batch across the end of a replay is cut there: the first part is replayed, the rest is new.
    const left = remaining(batch.records, position);
    for (const part of cutAt(until, fresh(left, position))) {
      await handlePart(delivery, batch.partition, part, part.offset < until, tx);
    }
    const last = left.at(-1);
    if (!last) return position?.next ?? 0;
    await tx.movePosition(consumer, topic, batch.partition, position, positionAfter(position, left, last.offset));
    return last.offset + 1;
  });
  delivery.believed.set(batch.partition, next);
}

async function handlePart(
  delivery: Delivery,
  partition: number,
  part: Part,
  replaying: boolean,
  tx: StoreTransaction,
): Promise<void> {
  const events = part.records.map(read);
  const outcome = await invoke(delivery, {
    topic: delivery.topic,
    partition,
    events,
    replaying,
    tx: replaying ? replayTransaction(tx) : tx,
  });
  if (outcome.kind === 'retry') throw new Fault('RETRY', outcome.reason, { retryable: true });
  if (outcome.kind === 'quarantine') throw new Poison(outcome.reason);
}

async function currentPosition(
  delivery: Delivery,
  partition: number,
  tx: StoreTransaction,
): Promise<ConsumerPosition | undefined> {
  const position = await tx.position(delivery.consumer, delivery.topic, partition);
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
    await delivery.store.transact(async (tx) => {
      const position = await currentPosition(delivery, batch.partition, tx);
      if (remaining([record], position).length === 0) return;
      await tx.query(
        `insert into dead_letter (consumer, topic, partition, "offset", event, reason, attempts)
         values ($1, $2, $3, $4, $5, $6, 1)`,
        [
          delivery.consumer,
          delivery.topic,
          batch.partition,
          record.offset,
          JSON.stringify(record.event),
          error.message,
        ],
      );
      const to = positionAfter(position, [record], record.offset);
      await tx.movePosition(delivery.consumer, delivery.topic, batch.partition, position, to);
    });
    delivery.believed.set(batch.partition, record.offset + 1);
    delivery.onQuarantine(record.offset, error.message);
  }
}

async function invoke(delivery: Delivery, batch: EventBatch): Promise<Outcome> {
  try {
    return await delivery.handle(batch);
  } catch (error) {
    if (isPassing(error)) throw error;
    throw new Poison(describeError(error), error);
  }
}

function read(record: LogRecord): EventEnvelope {
  const result = readEvent(record.event);
  if (result.kind === 'event') return result.event;
  if (result.kind === 'from-the-future')
    throw new Fault('FUTURE_EVENT', `${result.reason}: upgrade this service first`);
  throw new Poison(result.reason);
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

/** Records that are handled together, and the offset of the first. */
interface Part {
  readonly offset: number;
  readonly records: readonly LogRecord[];
}

function cutAt(until: number, records: readonly LogRecord[]): readonly Part[] {
  const parts = [records.filter((record) => record.offset < until), records.filter((record) => record.offset >= until)];
  return parts.flatMap((part) => (part[0] ? [{ offset: part[0].offset, records: part }] : []));
}

/** An event or batch that can never succeed as it is. */
class Poison extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'Poison';
  }
}
