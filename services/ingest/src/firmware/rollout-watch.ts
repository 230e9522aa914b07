import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { describeError, seconds } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import { CLOCK, CONFIG, LOGGER, type Logger } from '@quaywatch/runtime';
import type { IngestConfig } from '../config';
import { IdentityHost } from '../devices/identity-host';

/** Opens groups and gives up on silent devices when their time has come. Each process may: the facts settle who was first. */
@Injectable()
export class RolloutWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private stopTimer: (() => void) | undefined;
  private stopped = false;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: IngestConfig,
    @Inject(IdentityHost) private readonly identity: IdentityHost,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.identity.open();
    this.plan();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.stopTimer?.();
  }

  private plan(): void {
    if (this.stopped) return;
    this.stopTimer = this.clock.after(seconds(this.config.ROLLOUT_LOOK_SECONDS), () => {
      this.identity.parts.rollouts
        .tick()
        .catch((error: unknown) => this.logger.warn({ reason: describeError(error) }, 'roll-outs could not go on'))
        .finally(() => this.plan());
    });
  }
}
