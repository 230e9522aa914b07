import type { Topic } from '@quaywatch/contracts';
import type { LogRecord } from '@quaywatch/ports';
import type { Pool } from 'pg';
import { pgFault } from './pg-fault';

/** Bytes of events in one read, unless one event alone is larger. */
const most = 8 * 1024 * 1024;

const statement = `
select "offset", event, outbox_owner, outbox_seq, extract(epoch from at) * 1000 as stored_at
from (
  select *, sum(bytes) over (order by "offset") - bytes as before
  from (
    select "offset", event, bytes, outbox_owner, outbox_seq, at from log.record
    where topic = $1 and partition = $2 and "offset" >= $3 order by "offset" limit $4
  ) as wanted
) as counted
where before < $5 order by "offset"`;

interface Row {
  readonly offset: string;
  readonly event: string;
  readonly outbox_owner: string | null;
  readonly outbox_seq: string | null;
  readonly stored_at: string;
}

/** Up to `limit` records of a partition from offset `from` on, in order. Throws what `pgFault` makes. */
export async function readRecords(
  pool: Pool,
  topic: Topic,
  partition: number,
  from: number,
  limit: number,
): Promise<LogRecord[]> {
  try {
    const { rows } = await pool.query<Row>({
      name: 'quaywatch-log-read',
      text: statement,
      values: [topic, partition, from, limit, most],
    });
    return rows.map((row) => ({
      offset: Number(row.offset),
      event: JSON.parse(row.event) as unknown,
      storedAt: Number(row.stored_at),
      ...(row.outbox_owner === null ? {} : { outbox: { owner: row.outbox_owner, seq: Number(row.outbox_seq) } }),
    }));
  } catch (error) {
    throw pgFault(error);
  }
}

/** The heads of a topic's partitions (all topics without one) that have ever had an event. */
export async function readHeads(
  pool: Pool,
  topic?: Topic,
): Promise<readonly { readonly topic: string; readonly partition: number; readonly next: number }[]> {
  try {
    const { rows } = await pool.query<{ topic: string; partition: number; next_offset: string }>(
      'select topic, partition, next_offset from log.head where topic = $1 or $1 is null',
      [topic ?? null],
    );
    return rows.map((row) => ({ topic: row.topic, partition: row.partition, next: Number(row.next_offset) }));
  } catch (error) {
    throw pgFault(error);
  }
}
