import type { Topic } from '@quaywatch/contracts';
import type { OutboxMark } from '@quaywatch/ports';
import type { Pool } from 'pg';
import { pgFault } from './pg-fault';

/** Stands between the events of a row: JSON never holds it, so nothing needs to be escaped. */
export const between = '\u001e';

/** Most events that one append stores as one row; a reader finds the row of any offset within so many. */
export const mostInRow = 2000;

/** Bytes of events in one read, unless one row alone is larger. */
const most = 2 * 1024 * 1024;

const columns = '"offset", count, event, marks, outbox_owner, outbox_seq, extract(epoch from at) * 1000 as stored_at';

const onwards = `
select ${columns} from (
  select *, sum(bytes) over rows_before - bytes as bytes_before, sum(count) over rows_before - count as count_before
  from (
    select * from log.record where topic = $1 and partition = $2 and "offset" >= $3 order by "offset" limit $4
  ) as wanted
  window rows_before as (order by "offset")
) as counted
where bytes_before < $5 and count_before < $4 order by "offset"`;

const around = `
select ${columns} from log.record
where topic = $1 and partition = $2 and "offset" < $3 and "offset" > $3 - ${mostInRow}
order by "offset" desc limit 1`;

/** A row of the log: the events of one append, in order. */
interface Row {
  readonly offset: string;
  readonly count: number;
  readonly event: string;
  readonly marks: string | null;
  /** Only of rows with one event, made before there were batches. */
  readonly outbox_owner: string | null;
  readonly outbox_seq: string | null;
  readonly stored_at: string;
}

/** A record whose event is not parsed yet. */
export interface RecordText {
  readonly offset: number;
  readonly text: string;
  readonly outbox: OutboxMark | undefined;
  readonly storedAt: number;
}

/**
 * Records of a partition from offset `from` on, in order: whole rows, so some more than `limit`, and fewer when they are
 * large. When `from` is not there they begin later. Throws what `pgFault` makes.
 */
export async function readRecords(
  pool: Pool,
  topic: Topic,
  partition: number,
  from: number,
  limit: number,
): Promise<RecordText[]> {
  try {
    const { rows } = await pool.query<Row>({
      name: 'quaywatch-log-read',
      text: onwards,
      values: [topic, partition, from, limit, most],
    });
    // Mostly a reader goes on where a row ends; only its first offset may be in the middle of one.
    if (from > 0 && Number(rows[0]?.offset ?? -1) !== from) {
      const before = await pool.query<Row>({
        name: 'quaywatch-log-read-around',
        text: around,
        values: [topic, partition, from],
      });
      rows.unshift(...before.rows);
    }
    const records: RecordText[] = [];
    for (const row of rows) addRecords(records, row, from);
    return records;
  } catch (error) {
    throw pgFault(error);
  }
}

function addRecords(records: RecordText[], row: Row, from: number): void {
  const first = Number(row.offset);
  const storedAt = Number(row.stored_at);
  const texts = row.count === 1 ? [row.event] : row.event.split(between);
  const marks = row.marks === null ? undefined : (JSON.parse(row.marks) as readonly ([string, number] | null)[]);
  const only = row.outbox_owner === null ? undefined : { owner: row.outbox_owner, seq: Number(row.outbox_seq) };
  for (let i = Math.max(0, from - first); i < texts.length; i++) {
    const mark = marks?.[i];
    const outbox = mark ? { owner: mark[0], seq: mark[1] } : only;
    records.push({ offset: first + i, text: texts[i] as string, outbox, storedAt });
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
