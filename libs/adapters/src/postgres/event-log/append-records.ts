import { Fault } from '@quaywatch/kernel';
import type { Pool, PoolClient, QueryResult } from 'pg';
import type { QueuedEvent } from '../../event-log/append-queue';
import { pgFault } from './pg-fault';

/** Stands between the events of a batch in one parameter: JSON never holds it, so nothing needs to be escaped. */
const between = '\u001e';

// One statement, committed by itself: takes the offsets from the partition's head row and stores the records.
const statement = `
with place as (
  insert into log.head as head (topic, partition, next_offset) values ($1, $2, $3)
  on conflict (topic, partition) do update set next_offset = head.next_offset + excluded.next_offset
  returning next_offset
), stored as (
  insert into log.record (topic, partition, "offset", key, event, bytes, outbox_owner, outbox_seq)
  select $1, $2, place.next_offset - $3 + e.n - 1, e.key, e.event, e.bytes, e.owner, e.seq
  from place, unnest($4::text[], string_to_array($5, E'\\x1e'), $6::integer[], $7::text[], $8::bigint[])
    with ordinality as e(key, event, bytes, owner, seq, n)
)
select next_offset from place`;

/** No table for these offsets yet: SQLSTATE check_violation, of which the log's tables have no other. */
const noRoom = '23514';

/** Stores events of one topic and partition; answers the offset after the last of them. Throws what `pgFault` makes. */
export async function appendRecords(
  pool: Pool,
  take: () => readonly QueuedEvent[],
): Promise<{ topic: string; partition: number; next: number } | undefined> {
  let client;
  try {
    client = await pool.connect();
  } catch (error) {
    throw pgFault(error);
  }
  let failed: Error | undefined;
  // The pool listens only to idle clients: one that is lost between two steps would end the process.
  const lost = (error: Error): void => void (failed = error);
  client.on('error', lost);
  try {
    // Taken only now, so that what came while waiting for a connection is part of this batch.
    const events = take();
    const first = events[0];
    if (!first) return undefined;
    const query = {
      name: 'quaywatch-log-append',
      text: statement,
      values: [
        first.topic,
        first.partition,
        events.length,
        events.map((event) => event.key),
        events.map((event) => event.json).join(between),
        events.map((event) => event.bytes),
        events.map((event) => event.outbox?.owner ?? null),
        events.map((event) => event.outbox?.seq ?? null),
      ],
    };
    const store = (): Promise<QueryResult<{ next_offset: string }>> => (client as PoolClient).query(query);
    const { rows } = await store().catch(async (error: { code?: string }) => {
      if (error.code !== noRoom) throw error;
      await (client as PoolClient).query('select log.make_room($1, $2)', [first.topic, first.partition]);
      return store();
    });
    if (!rows[0]) throw new Fault('LOG_REFUSED', 'an append gave no offset');
    return { topic: first.topic, partition: first.partition, next: Number(rows[0].next_offset) };
  } catch (error) {
    failed = error as Error;
    throw pgFault(error);
  } finally {
    client.removeListener('error', lost);
    client.release(failed);
  }
}
