import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { describeError, minutes, seconds } from '@quaywatch/kernel';
import type { Clock, EventLog, ObjectStore } from '@quaywatch/ports';
import { CLOCK, CONFIG, EVENT_LOG, LOGGER, OBJECT_STORE, sealArchive, type Logger } from '@quaywatch/runtime';
import type { IngestConfig } from '../config';

/** Soon after the start, so that what was left by an outage is caught up on; not in the middle of the start itself. */
const firstLook = seconds(20);

/**
 * Archives every hour of telemetry that is over. Each process may: equal hours give equal files, and the manifest, which
 * seals an hour, is written once.
 */
@Injectable()
export class ArchiveWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private stopTimer: (() => void) | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: IngestConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.ARCHIVE_LOOK_MINUTES > 0) this.plan(Math.min(firstLook, minutes(this.config.ARCHIVE_LOOK_MINUTES)));
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopTimer?.();
    this.stopping.abort();
    await this.looking;
  }

  private plan(delay: number): void {
    this.stopTimer = this.clock.after(delay, () => {
      this.looking = this.look().finally(() => {
        if (!this.stopping.signal.aborted) this.plan(minutes(this.config.ARCHIVE_LOOK_MINUTES));
      });
    });
  }

  private async look(): Promise<void> {
    try {
      const before = this.clock.now() - minutes(this.config.ARCHIVE_DELAY_MINUTES);
      const sealed = await sealArchive(this.log, this.objects, before, this.stopping.signal);
      if (sealed.segments > 0) this.logger.info(sealed, 'hours archived');
    } catch (error) {
      if (!this.stopping.signal.aborted)
        this.logger.warn({ reason: describeError(error) }, 'what is over could not be archived; tried again later');
    }
  }
}
