import type { Topic } from '@quaywatch/contracts';
import type { EventLog, ViewStore } from '@quaywatch/ports';
import type { Metrics, Sample } from './metrics';

/**
 * What a service's store and the log tell together when asked: how far consumers are behind, by partition; what waits in
 * the outbox; dead letters that wait for a person. Kafka's own tools show no lag, positions are in the store (ADR 6).
 */
export function storeGauges(
  metrics: Metrics,
  store: ViewStore,
  log: EventLog,
  consumed: readonly (readonly [consumer: string, topic: Topic])[],
): void {
  metrics.gauge(
    'quaywatch_consumer_lag_events',
    'Records of a partition that a consumer has not handled yet.',
    async () => {
      const positions = await store.transact((tx) =>
        tx.query<{ consumer: string; topic: string; partition: number; next: string }>(
          'select consumer, topic, partition, next from consumer_position',
        ),
      );
      const next = new Map(positions.map((row) => [`${row.consumer} ${row.topic} ${row.partition}`, Number(row.next)]));
      const ends = new Map<Topic, readonly number[]>();
      for (const topic of new Set(consumed.map(([, topic]) => topic))) ends.set(topic, await log.endOffsets(topic));
      return consumed.flatMap(([consumer, topic]) =>
        (ends.get(topic) ?? []).map((end, partition): Sample => {
          const at = next.get(`${consumer} ${topic} ${partition}`) ?? 0;
          return [{ consumer, topic, partition: String(partition) }, Math.max(0, end - at)];
        }),
      );
    },
  );
  metrics.gauge('quaywatch_outbox_events', 'Events that wait to be relayed to the log.', async () => {
    const [row] = await store.transact((tx) => tx.query<{ count: string }>('select count(*) as count from outbox'));
    return [[{}, Number(row?.count ?? 0)]];
  });
  metrics.gauge('quaywatch_dead_letters', 'Events put aside that wait for a decision.', async () => {
    const rows = await store.transact((tx) =>
      tx.query<{ consumer: string; topic: string; count: string }>(
        `select consumer, topic, count(*) as count from dead_letter where state = 'waiting' group by consumer, topic`,
      ),
    );
    return rows.map(({ consumer, topic, count }): Sample => [{ consumer, topic }, Number(count)]);
  });
}
