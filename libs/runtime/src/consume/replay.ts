import type { Topic } from '@quaywatch/contracts';
import type { FactLog, StoreTransaction, ViewStore } from '@quaywatch/ports';

const table = `create table if not exists consumer_replay (
  consumer text not null, topic text not null, partition int not null, until bigint not null,
  primary key (consumer, topic, partition))`;

/** Makes the runtime's own table; called once before a service consumes. */
export async function prepareReplay(store: ViewStore): Promise<void> {
  await store.transact((tx) => tx.query(table).then(() => undefined));
}

/** Records below this offset were handled before the view was dropped: their facts and publications exist already. */
export async function replayUntil(
  tx: StoreTransaction,
  consumer: string,
  topic: Topic,
  partition: number,
): Promise<number> {
  const [row] = await tx.query<{ until: string }>(
    'select until from consumer_replay where consumer = $1 and topic = $2 and partition = $3',
    [consumer, topic, partition],
  );
  return row ? Number(row.until) : 0;
}

/**
 * Throws a consumer's tables away and forgets its positions, in one transaction; the consumer then reads its topics
 * again from the start. What it had emitted is not emitted again. Stop the consumer first: the position fence refuses
 * an instance which still runs, and it starts over by itself.
 */
export async function dropView(store: ViewStore, consumer: string, tables: readonly string[]): Promise<void> {
  await prepareReplay(store);
  await store.transact(async (tx) => {
    for (const name of tables) await tx.query(`delete from "${name}"`);
    await tx.query(
      `insert into consumer_replay select consumer, topic, partition, next from consumer_position where consumer = $1
       on conflict (consumer, topic, partition) do update set until = greatest(consumer_replay.until, excluded.until)`,
      [consumer],
    );
    await tx.query('delete from consumer_position where consumer = $1', [consumer]);
    await tx.query('delete from dead_letter where consumer = $1', [consumer]);
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
    movePosition: (...args) => tx.movePosition(...args),
  };
}
