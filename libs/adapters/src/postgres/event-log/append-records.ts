import { Fault } from '@quaywatch/kernel';
import type { Pool, PoolClient, QueryResult } from 'pg';
import type { QueuedEvent } from '../../event-log/append-queue';
import { pgFault } from './pg-fault';
import { between } from './read-records';

// One statement, committed by itself: takes the offsets from the partition's head row and stores all events as one row.
const statement = `
with place as (
  insert into log.head as head (topic, partition, next_offset) values ($1, $2, $3)
  on conflict (topic, partition) do update set next_offset = head.next_offset + excluded.next_offset
  returning next_offset
)
insert into log.record (topic, partition, "offset", count, bytes, event, marks)
select $1, $2, place.next_offset - $3, $3, $4, $5::text, $6 from place
returning "offset" + count as next, extract(epoch from at) * 1000 as stored_at`;

/** No table for these offsets yet: SQLSTATE check_violation, of which the log's tables have no other. */
const noRoom = '23514';

/** A row that was stored. */
export interface AppendedRow {
  readonly topic: string;
  readonly partition: number;
  readonly count: number;
  /** The offset after the last of its events. */
  readonly next: number;
  readonly storedAt: number;
  /** Its events as they are stored. */
  readonly bytes: Buffer;
  readonly marked: boolean;
}

/** Stores events of one topic and partition as a row. Throws what `pgFault` makes. */
export async function appendRecords(pool: Pool, take: () => readonly QueuedEvent[]): Promise<AppendedRow | undefined> {
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
    let bytes = 0;
    for (const event of events) bytes += event.bytes;
    const { topic, partition } = first;
    const count = events.length;
    const [together, marks] = [joined(events), marksOf(events)];
    const query = {
      name: 'quaywatch-log-append',
      text: statement,
      values: [topic, partition, count, bytes, together, marks],
    };
    const store = (): Promise<QueryResult<{ next: string; stored_at: string }>> => (client as PoolClient).query(query);
    const { rows } = await store().catch(async (error: { code?: string }) => {
      if (error.code !== noRoom) throw error;
      await (client as PoolClient).query('select log.make_room($1, $2)', [topic, partition]);
      return store();
    });
    const [row] = rows;
    if (!row) throw new Fault('LOG_REFUSED', 'an append gave no offset');
    const [next, storedAt] = [Number(row.next), Number(row.stored_at)];
    return { topic, partition, count, next, storedAt, bytes: together, marked: marks !== null };
  } catch (error) {
    failed = error as Error;
    throw pgFault(error);
  } finally {
    client.removeListener('error', lost);
    client.release(failed);
  }
}

const separator = between.charCodeAt(0);

/** Their JSON, with U+001E between them. */
function joined(events: readonly QueuedEvent[]): Buffer {
  let size = events.length - 1;
  for (const { json } of events) size += Buffer.byteLength(json);
  const all = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { json } of events) {
    if (at > 0) all[at++] = separator;
    if (typeof json === 'string') at += all.write(json, at);
    else {
      all.set(json, at);
      at += json.length;
    }
  }
  return all;
}

/** Outbox marks of a batch, one for each event, as JSON; null when none has one. */
const marksOf = (events: readonly QueuedEvent[]): string | null =>
  events.some(({ outbox }) => outbox)
    ? JSON.stringify(events.map(({ outbox }) => (outbox ? [outbox.owner, outbox.seq] : null)))
    : null;
