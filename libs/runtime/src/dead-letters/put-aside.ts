import { eventEnvelope, type Topic } from '@quaywatch/contracts';
import type { LogRecord, StoreTransaction } from '@quaywatch/ports';
import type { Poison } from '../consume/poison';

/** Where an event stood when its consumer could not handle it. */
export interface PutAside {
  readonly consumer: string;
  readonly topic: Topic;
  readonly partition: number;
  readonly record: LogRecord;
}

/** Keeps an event that cannot be handled, with its reason; it was tried with its batch and by itself. */
export async function putAside(tx: StoreTransaction, place: PutAside, poison: Poison): Promise<void> {
  const { consumer, topic, partition, record } = place;
  await tx.query(
    `insert into dead_letter (consumer, topic, partition, "offset", event, reason, attempts, org, stack)
     values ($1, $2, $3, $4, $5, $6, 2, $7, $8)
     on conflict (consumer, topic, partition, "offset") do update
       set reason = excluded.reason, stack = excluded.stack, attempts = dead_letter.attempts + 2,
         state = 'waiting', again = false, changed_at = clock_timestamp()`,
    [
      consumer,
      topic,
      partition,
      record.offset,
      JSON.stringify(record.event),
      poison.message,
      organisationOf(record.event),
      poison.origin,
    ],
  );
}

/** Puts a dead letter back among those that wait, with the new reason. */
export async function waitAgain(tx: StoreTransaction, id: string, poison: Poison): Promise<void> {
  await tx.query(
    `update dead_letter set state = 'waiting', again = false, attempts = attempts + 1, reason = $2, stack = $3,
       changed_at = clock_timestamp() where id = $1`,
    [id, poison.message, poison.origin],
  );
}

/** The organisation of an event when it has a whole envelope; one that cannot be read belongs to nobody but the platform. */
function organisationOf(event: unknown): string | null {
  const envelope = eventEnvelope.safeParse(event);
  return envelope.success ? envelope.data.org : null;
}
