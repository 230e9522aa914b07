import { topicNames } from '@quaywatch/contracts';
import type { EventLog, LogRecord, ViewStore } from '@quaywatch/ports';

/** What the log has of a service beyond its restored database. */
export interface Ahead {
  /** Events that the service had sent and does not know of any more. */
  readonly events: number;
  /** Number in the outbox from which it goes on. */
  readonly from: number;
}

/**
 * After a database was restored from a backup and before its service starts: what the service had sent to the log since
 * the backup is noted, so that it is not sent again when a replay says it once more (by its id, which follows from what
 * caused it), and the numbers of the outbox go on behind those in the log: consumers take a number that they have seen
 * for a repetition, and would drop what is new. Idempotent; changes nothing when the log is not ahead.
 */
export async function noteSentBefore(service: string, store: ViewStore, log: EventLog): Promise<Ahead> {
  const head = async (): Promise<number> =>
    Number((await store.transact((tx) => tx.query<{ seq: string }>('select seq from outbox_head')))[0]?.seq ?? 0);
  const known = await head();
  const waiting = await store.transact((tx) => tx.query<{ seq: string }>('select min(seq) as seq from outbox'));
  // What waits in the restored outbox may have been sent too.
  const oldest = Math.min(known + 1, Number(waiting[0]?.seq ?? Infinity));
  const ids = new Set<string>();
  let last = known;
  for (const topic of topicNames)
    await eachRecord(log, topic, `${service}.after-restore`, ({ outbox, event }) => {
      if (outbox?.owner !== service || outbox.seq < oldest) return;
      ids.add((event as { id: string }).id);
      last = Math.max(last, outbox.seq);
    });
  await store.transact(async (tx) => {
    await tx.query('insert into outbox_sent (id) select unnest($1::text[]) on conflict do nothing', [[...ids]]);
    await tx.query(`delete from outbox where event::json->>'id' = any($1::text[])`, [[...ids]]);
    await tx.query('update outbox_head set seq = greatest(seq, $1)', [last]);
  });
  return { events: ids.size, from: last + 1 };
}

/** Hands over every record of a topic up to where it ended at the call. */
async function eachRecord(
  log: EventLog,
  topic: (typeof topicNames)[number],
  group: string,
  take: (record: LogRecord) => void,
): Promise<void> {
  const ends = await log.endOffsets(topic);
  const next = ends.map(() => 0);
  let finish: () => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const done = new Promise<void>((resolve, reject) => ([finish, fail] = [resolve, reject]));
  const level = (): boolean => ends.every((end, partition) => next[partition]! >= end);
  if (level()) return;
  const handle = await log.subscribe({
    group: `${group}.${process.pid}`,
    topics: [topic],
    startAt: async (_topic, partition) => next[partition] ?? 0,
    onBatch: async ({ partition, records }) => {
      for (const record of records) take(record);
      next[partition] = records.at(-1)!.offset + 1;
      if (level()) finish();
    },
    // Retention has taken the beginning: what is left begins later. Anything else passes or shows here.
    onFault: (error) => {
      if (
        (error as { retryable?: boolean }).retryable === false &&
        (error as { code?: string }).code !== 'LOG_TRUNCATED'
      )
        fail(error);
    },
  });
  try {
    await done;
  } finally {
    await handle.stop();
  }
}
