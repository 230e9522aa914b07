import type { EventEnvelope } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { EventLog } from '@quaywatch/ports';

/** Lets a test hold the log back, as if it were slow, or lie about what became of an append. */
export class Valve {
  /** Which telemetry events fail: before they are stored, or after it (then they are in the log all the same). */
  fails: { stored: boolean; when: (event: { type: string; data: unknown }) => boolean } | undefined;
  /** The view of which frames are stored gets nothing until this resolves. */
  view: Promise<void> = Promise.resolve();
  private wait: Promise<void> = Promise.resolve();
  private release: () => void = () => undefined;

  wrap = (real: EventLog): EventLog => ({
    partitions: real.partitions,
    append: async (topic, events) => {
      const failing =
        topic === 'da.telemetry' &&
        events.some(({ event }) =>
          this.fails?.when(
            'json' in event ? (JSON.parse(Buffer.from(event.json as Uint8Array).toString()) as EventEnvelope) : event,
          ),
        );
      const stored = this.fails?.stored;
      if (topic === 'da.telemetry') await this.wait;
      if (!failing || stored) await real.append(topic, events);
      if (failing) throw new Fault('LOG_UNAVAILABLE', 'the valve is broken', { retryable: true });
    },
    subscribe: (subscription) =>
      real.subscribe({
        ...subscription,
        onBatch: async (batch) => {
          if (subscription.group === 'ingest.ingest-window') await this.view;
          await subscription.onBatch(batch);
        },
      }),
    endOffsets: (topic) => real.endOffsets(topic),
    close: () => real.close(),
  });

  shut(): void {
    this.wait = new Promise((resolve) => (this.release = resolve));
  }

  open(): void {
    this.release();
    this.wait = Promise.resolve();
  }
}
