import type { Topic } from '@quaywatch/contracts';
import type { Metrics } from './metrics';

/** Told by consumers what happens to them. */
export interface ConsumerMetrics {
  /** A partition was given to this instance: at the start, and whenever instances come and go. */
  assigned(consumer: string, topic: Topic): void;
  delivered(consumer: string, topic: Topic, events: number, ms: number): void;
  failed(consumer: string, topic: Topic): void;
  putAside(consumer: string, topic: Topic): void;
}

/** Counts in `metrics` what consumers tell. */
export function consumerMetrics(metrics: Metrics): ConsumerMetrics {
  const assigned = metrics.counter(
    'quaywatch_consumer_partitions_taken_total',
    'Partitions given to this instance; rises with each rebalance.',
  );
  const events = metrics.counter('quaywatch_consumer_events_total', 'Events handled and committed.');
  const took = metrics.histogram('quaywatch_consumer_batch_seconds', 'Time to handle and commit one batch.');
  const failed = metrics.counter('quaywatch_consumer_failures_total', 'Deliveries that failed and come again.');
  const aside = metrics.counter('quaywatch_consumer_dead_letters_total', 'Events put aside as dead letters.');
  return {
    assigned: (consumer, topic) => assigned({ consumer, topic }),
    delivered: (consumer, topic, count, ms) => {
      events({ consumer, topic }, count);
      took({ consumer, topic }, ms / 1000);
    },
    failed: (consumer, topic) => failed({ consumer, topic }),
    putAside: (consumer, topic) => aside({ consumer, topic }),
  };
}
