import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { describeError, minutes, seconds } from '@quaywatch/kernel';
import type { Clock, EventLog, ObjectStore } from '@quaywatch/ports';
import {
  applyRetention,
  AUDIT,
  CLOCK,
  CONFIG,
  compactArchive,
  EVENT_LOG,
  LOGGER,
  OBJECT_STORE,
  sealArchive,
  type AuditTrail,
  type Logger,
} from '@quaywatch/runtime';
import type { IngestConfig } from '../config';
import { readPolicy } from './read-policy';

/** Soon after the start, so that what was left by an outage is caught up on; not in the middle of the start itself. */
const firstLook = seconds(20);

/**
 * Archives every hour of telemetry that is over, merges the hours of days that are, and removes what the operator's policy
 * keeps no longer. Each process may: equal hours give equal files, and the manifest, which seals an hour, is written once.
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
    @Inject(AUDIT) private readonly audit: AuditTrail,
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
      const compacted = await compactArchive(this.objects, this.log.partitions, before, this.stopping.signal);
      if (compacted.days > 0) this.logger.info(compacted, 'days compacted');
      await this.retain();
    } catch (error) {
      if (!this.stopping.signal.aborted)
        this.logger.warn({ reason: describeError(error) }, 'what is over could not be archived; tried again later');
    }
  }

  /** A policy that cannot be read removes nothing: it may be the one that says to hold. */
  private async retain(): Promise<void> {
    const file = this.config.ARCHIVE_POLICY;
    if (file === undefined) return;
    const counts = new Map<string, number>();
    const { signal } = this.stopping;
    const onRemoved = ({ org }: { org: string }): void => void counts.set(org, (counts.get(org) ?? 0) + 1);
    try {
      const policy = await readPolicy(file);
      await applyRetention(this.objects, this.log.partitions, policy, this.clock.now(), { onRemoved, signal });
    } catch (error) {
      if (!signal.aborted)
        this.logger.error({ reason: describeError(error) }, 'the retention of the archive could not be applied');
    } finally {
      for (const [org, files] of counts) {
        this.logger.info({ org, files }, 'archive out of its time removed');
        await this.audit.write({
          org,
          class: 'system',
          actor: { kind: 'service', id: 'ingest' },
          action: 'archive.remove',
          target: { kind: 'archive', id: org },
          outcome: 'success',
          detail: { files },
        });
      }
    }
  }
}
