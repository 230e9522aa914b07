import type { Topic } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { ConsumerPosition, Queryable } from '@quaywatch/ports';

/** The stored position of a consumer in a partition; with `lock` no one else moves it until the transaction ends. */
export async function readPosition(
  session: Queryable,
  consumer: string,
  topic: Topic,
  partition: number,
  lock: '' | 'for no key update' = '',
): Promise<ConsumerPosition | undefined> {
  const [row] = await session.query<{ next: string; outboxes: Record<string, number> }>(
    `select next, outboxes from consumer_position where consumer = $1 and topic = $2 and partition = $3 ${lock}`,
    [consumer, topic, partition],
  );
  return row && { next: Number(row.next), outboxes: row.outboxes };
}

/** Moves it only from where it was read (law L2); else throws Fault `STALE_INSTANCE`, and a caught one still cannot commit. */
export async function writePosition(
  session: Queryable & { failure: unknown },
  key: { readonly consumer: string; readonly topic: Topic; readonly partition: number },
  from: ConsumerPosition | undefined,
  to: ConsumerPosition,
): Promise<void> {
  const { consumer, topic, partition } = key;
  const target = [consumer, topic, partition, to.next, JSON.stringify(to.outboxes)];
  const rows = from
    ? await session.query(
        `update consumer_position set next = $4, outboxes = $5
         where consumer = $1 and topic = $2 and partition = $3 and next = $6 and outboxes = $7::jsonb returning 1`,
        [...target, from.next, JSON.stringify(from.outboxes)],
      )
    : await session.query(
        `insert into consumer_position (consumer, topic, partition, next, outboxes) values ($1, $2, $3, $4, $5)
         on conflict do nothing returning 1`,
        target,
      );
  if (rows.length > 0) return;
  const fault = new Fault(
    'STALE_INSTANCE',
    `${consumer} no longer stands at ${from?.next ?? 'the start'} of ${topic}/${partition}: another instance has taken over`,
    {
      retryable: true,
    },
  );
  session.failure ??= fault;
  throw fault;
}
