import type { EventEnvelope, Topic } from '@quaywatch/contracts';
import type { OutboxEntry, Queryable } from '@quaywatch/ports';

/** What a transaction will put into the outbox when it commits. */
export interface WaitingEvent {
  readonly topic: Topic;
  readonly event: EventEnvelope;
}

const storeSql = `
  with head as (update outbox_head set seq = seq + $1 returning seq - $1 as base)
  insert into outbox (seq, topic, event)
  select base + n, t, e from head, unnest($2::text[], $3::text[], $4::text[]) with ordinality as given (t, e, i, n)
  where not exists (select from outbox_sent where id = i)`;

/**
 * Stores entries with the next numbers. Called right before COMMIT: the head row is locked until then, so numbers rise
 * in the order of commits (a relay never passes a late one) and transactions wait for each other only here. What the log
 * has from before the database was restored is left out.
 */
export async function storeOutbox(session: Queryable, waiting: readonly WaitingEvent[]): Promise<void> {
  await session.query(storeSql, [
    waiting.length,
    waiting.map(({ topic }) => topic),
    waiting.map(({ event }) => JSON.stringify(event)),
    waiting.map(({ event }) => event.id),
  ]);
}

/** Whether this transaction is the only one that relays for `schema`; holds until it ends. */
export async function lockRelay(session: Queryable, schema: string): Promise<boolean> {
  const [row] = await session.query<{ locked: boolean }>(
    `select pg_try_advisory_xact_lock(hashtextextended('quaywatch.outbox ' || $1, 0)) as locked`,
    [schema],
  );
  return row?.locked === true;
}

/** The oldest entries. */
export async function readOutbox(session: Queryable, limit: number): Promise<readonly OutboxEntry[]> {
  const rows = await session.query<{ seq: string; topic: Topic; event: string }>(
    'select seq, topic, event from outbox order by seq limit $1',
    [limit],
  );
  return rows.map(({ seq, topic, event }) => ({ seq: Number(seq), topic, event: JSON.parse(event) as EventEnvelope }));
}

/** Forgets entries up to and including `seq`. */
export async function forgetOutbox(session: Queryable, seq: number): Promise<void> {
  await session.query('delete from outbox where seq <= $1', [seq]);
}
