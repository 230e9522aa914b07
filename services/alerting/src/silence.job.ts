import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { describeError, minutes, seconds, toIso, type Duration, type Instant } from '@quaywatch/kernel';
import type { Clock, EventLog, ViewStore } from '@quaywatch/ports';
import type { Logger } from '@quaywatch/runtime';
import type { AlarmDesk } from './alarm-desk';
import { silenceOf } from './contacts';

const topic = 'da.telemetry';
const consumer = 'device-alarms';

/** Raises the alarm `silence` for units that were lost and not heard for `silentAfter`. */
export class SilenceJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private cancel: (() => void) | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  private mark: { readonly at: Instant; readonly ends: readonly number[] } | undefined;

  constructor(
    private readonly store: ViewStore,
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly desk: AlarmDesk,
    private readonly silentAfter: Duration,
    private readonly every: Duration = seconds(15),
  ) {}

  onApplicationBootstrap(): void {
    this.plan();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.cancel?.();
    await this.running;
  }

  /**
   * Judges as of the last call, and only when everything that was in the log then has been read: a service that comes
   * back after a while must not take what it has not read yet for silence.
   */
  async check(): Promise<void> {
    const mark = this.mark;
    this.mark = { at: this.clock.now(), ends: await this.log.endOffsets(topic) };
    if (!mark || !(await this.hasRead(mark.ends))) return;
    const rows = await this.store.transact((tx) =>
      tx.query<{ spreader: string }>(
        'select spreader from lost_contact where not alarmed and lost_at <= $1 order by lost_at limit 1000',
        [mark.at - this.silentAfter],
      ),
    );
    for (const { spreader } of rows) await this.raise(spreader);
  }

  private async raise(spreader: string): Promise<void> {
    await this.store.transact(async (tx) => {
      const [row] = await tx.query<{ organisation: string; btu: string; lost_at: number }>(
        'update lost_contact set alarmed = true where spreader = $1 and not alarmed returning organisation, btu, lost_at',
        [spreader],
      );
      if (!row) return;
      const { organisation: org, btu, lost_at } = row;
      await this.desk.raise(tx, { org }, silenceOf(spreader), {
        title: 'No data from the spreader',
        level: 'no_data',
        risk: 'undetermined',
        finding: null,
        raisedAt: lost_at + this.silentAfter,
        reason: `Unit ${btu} was lost at ${toIso(lost_at)} and not heard for ${this.silentAfter / minutes(1)} min.`,
      });
    });
  }

  private async hasRead(ends: readonly number[]): Promise<boolean> {
    return this.store.transact(async (tx) => {
      for (const [partition, end] of ends.entries()) {
        const position = await tx.position(consumer, topic, partition);
        if ((position?.next ?? 0) < end) return false;
      }
      return true;
    });
  }

  private plan(): void {
    if (this.stopped) return;
    this.cancel = this.clock.after(this.every, () => {
      this.running = this.check()
        .catch((error: unknown) => this.logger.warn({ reason: describeError(error) }, 'silence could not be checked'))
        .finally(() => this.plan());
    });
  }
}
