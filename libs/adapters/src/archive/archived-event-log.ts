import type { EventLog, ObjectStore } from '@quaywatch/ports';
import { Fault } from '@quaywatch/kernel';
import { archivedTopic } from './archive-files';
import { readSegment, segmentsOf } from './segments';

/**
 * A log that begins with the archive: who starts at an offset which is archived gets it from there, and then goes on in
 * the log itself without a seam. Appending and the other topics are the log's own.
 */
export function archivedEventLog(log: EventLog, objects: ObjectStore): EventLog {
  return {
    partitions: log.partitions,
    append: (topic, events) => log.append(topic, events),
    endOffsets: (topic) => log.endOffsets(topic),
    close: () => log.close(),
    async subscribe(subscription) {
      let stopping = false;
      const handle = await log.subscribe({
        ...subscription,
        startAt: async (topic, partition) => {
          const start = await subscription.startAt(topic, partition);
          if (start === 'end' || topic !== archivedTopic) return start;
          let next = start;
          for (const segment of await segmentsOf(objects, partition)) {
            if (segment.to <= next) continue;
            const records = (await readSegment(objects, segment)).filter((record) => record.offset >= next);
            const most = subscription.maxBatch ?? 500;
            for (let i = 0; i < records.length; i += most) {
              if (stopping) throw new Fault('STOPPING', 'the subscription is being stopped', { retryable: true });
              await subscription.onBatch({ topic, partition, records: records.slice(i, i + most) });
            }
            next = segment.to;
          }
          return next;
        },
      });
      return {
        stop: () => {
          stopping = true;
          return handle.stop();
        },
      };
    },
  };
}
