import type { Topic } from '@quaywatch/contracts';
import type { FactLog, StoreTransaction, ViewStore } from '@quaywatch/ports';

/** What a consumer has to know of a partition beside its position. */
export interface ReplayPlan {
  /** Records below this offset were handled before the view was dropped: their facts and publications exist already. */
  readonly until: number;
  /** Offsets whose dead letter was released or discarded: they are not tried again where they stand. */
  readonly decided: ReadonlySet<number>;
  /** Released dead letters that a rebuilt view has to take in again, in the order of their release. */
  readonly again: readonly ReleasedLetter[];
}

/** A dead letter at the point where it was taken in: before the record with offset `at`. */
export interface ReleasedLetter {
  readonly id: string;
  readonly at: number;
  readonly offset: number;
  readonly event: unknown;
}

const planSql = `
  select (select until from consumer_replay where consumer = $1 and topic = $2 and partition = $3) as until,
    (select json_agg(json_build_object('id', id::text, 'offset', "offset", 'again', again, 'at', released_at,
       'event', case when again then coalesce(replacement, event) end) order by released_at, changed_at, id)
     from dead_letter where consumer = $1 and topic = $2 and partition = $3
       and state in ('released', 'discarded') and ("offset" >= $4 or again)) as letters`;

/** What to mind when the consumer goes on from `next`. */
export async function replayPlan(
  tx: StoreTransaction,
  consumer: string,
  topic: Topic,
  partition: number,
  next: number,
): Promise<ReplayPlan> {
  const [row] = await tx.query<{
    until: string | null;
    letters: { id: string; offset: number; again: boolean; at: number | null; event: string | null }[] | null;
  }>(planSql, [consumer, topic, partition, next]);
  const letters = row?.letters ?? [];
  return {
    until: Number(row?.until ?? 0),
    decided: new Set(letters.map((letter) => letter.offset)),
    again: letters.flatMap(({ id, offset, again, at, event }) =>
      again && at !== null ? [{ id, at, offset, event: JSON.parse(event ?? 'null') as unknown }] : [],
    ),
  };
}

/** Says that a released dead letter has been taken in by the rebuilt view. */
export async function takenInAgain(tx: StoreTransaction, id: string): Promise<void> {
  await tx.query('update dead_letter set again = false where id = $1', [id]);
}

/**
 * Throws a consumer's tables away and forgets its positions, in one transaction; the consumer then reads its topics
 * again from the start. What it had emitted is not emitted again. Dead letters that wait are tried anew; what was
 * decided about the others stays, and released ones are taken in again at the same place. Stop the consumer first: the
 * position fence refuses an instance which still runs, and it starts over by itself.
 */
export async function dropView(store: ViewStore, consumer: string, tables: readonly string[]): Promise<void> {
  await store.transact(async (tx) => {
    for (const name of tables) await tx.query(`delete from "${name}"`);
    await tx.query(
      `insert into consumer_replay select consumer, topic, partition, next from consumer_position where consumer = $1
       on conflict (consumer, topic, partition) do update set until = greatest(consumer_replay.until, excluded.until)`,
      [consumer],
    );
    await tx.query('delete from consumer_position where consumer = $1', [consumer]);
    await tx.query(`delete from dead_letter where consumer = $1 and state = 'waiting'`, [consumer]);
    await tx.query(`update dead_letter set again = true where consumer = $1 and state = 'released'`, [consumer]);
  });
}

/** The same transaction with facts and publications dropped. */
export function replayTransaction(tx: StoreTransaction): StoreTransaction {
  const facts: FactLog = {
    read: (stream) => tx.facts.read(stream),
    append: (_stream, expected, added) => Promise.resolve({ kind: 'appended', revision: expected + added.length }),
  };
  return {
    facts,
    query: (sql, parameters) => tx.query(sql, parameters),
    publish: () => Promise.resolve(),
    position: (...args) => tx.position(...args),
    holdPosition: (...args) => tx.holdPosition(...args),
    movePosition: (...args) => tx.movePosition(...args),
  };
}
