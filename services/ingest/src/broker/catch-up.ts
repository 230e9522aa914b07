import { Fault, type Duration } from '@quaywatch/kernel';
import type { Clock, EventLog, ViewStore } from '@quaywatch/ports';

const look: Duration = 50;

/** Waits until the view of which frames are stored has passed the end of the log. */
export class CatchUp {
  private running: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly store: ViewStore,
    private readonly log: EventLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Resolves when the view has everything that was in the log at the time of this call. Calls that come while one waits
   * share the next look. Rejects with a retryable Fault `CATCH_UP` after `limit`.
   */
  reach(limit: Duration): Promise<void> {
    this.next ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        this.running = this.run(limit);
        return this.running;
      });
    return this.next;
  }

  /** Lets those who wait fail. */
  stop(): void {
    this.stopped = true;
  }

  private async run(limit: Duration): Promise<void> {
    const ends = await this.log.endOffsets('da.telemetry');
    const deadline = this.clock.now() + limit;
    for (;;) {
      const positions = await this.store.transact((tx) =>
        Promise.all(ends.map((_, partition) => tx.position('ingest-window', 'da.telemetry', partition))),
      );
      const left = ends.reduce((sum, end, partition) => sum + Math.max(0, end - (positions[partition]?.next ?? 0)), 0);
      if (left === 0) return;
      if (this.stopped || this.clock.now() > deadline)
        throw new Fault('CATCH_UP', `${left} stored frames are not known yet`, { retryable: true });
      await new Promise<void>((resolve) => void this.clock.after(look, resolve));
    }
  }
}
