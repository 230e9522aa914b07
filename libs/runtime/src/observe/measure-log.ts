import type { EventLog } from '@quaywatch/ports';
import type { Metrics } from './metrics';

/** The same log; how long appends take, how many events they stored and how often they failed is counted. */
export function measureLog(log: EventLog, metrics: Metrics): EventLog {
  const took = metrics.histogram('quaywatch_log_append_seconds', 'Time until an append was durable, by topic.');
  const stored = metrics.counter('quaywatch_log_appended_events_total', 'Events that were appended, by topic.');
  const failed = metrics.counter('quaywatch_log_append_failures_total', 'Appends that were rejected, by topic.');
  return {
    partitions: log.partitions,
    append: (topic, events) => {
      const began = performance.now();
      const appended = log.append(topic, events);
      appended.then(
        () => {
          took({ topic }, (performance.now() - began) / 1000);
          stored({ topic }, events.length);
        },
        () => failed({ topic }),
      );
      return appended;
    },
    subscribe: (subscription) => log.subscribe(subscription),
    endOffsets: (topic) => log.endOffsets(topic),
    close: () => log.close(),
  };
}
