import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { describeError, minutes } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import type { Logger } from '@quaywatch/runtime';
import { purgeProviderRecords } from './oidc/postgres-adapter';
import type { Sessions } from './sessions/sessions';
import type { SignIn } from './sign-in/sign-in';
import type { SignInSteps } from './sign-in/steps';

const pause = minutes(5);

/** Removes what has expired, so that tables stay as small as what is in use. */
export class HousekeepingJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private cancel: (() => void) | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly sessions: Sessions,
    private readonly signIn: SignIn,
    private readonly steps: SignInSteps,
  ) {}

  onApplicationBootstrap(): void {
    this.plan();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.cancel?.();
    await this.running;
  }

  private plan(): void {
    this.cancel = this.clock.after(pause, () => {
      this.running = this.purge()
        .catch((error: unknown) =>
          this.logger.warn({ reason: describeError(error) }, 'expired rows could not be removed'),
        )
        .finally(() => {
          if (!this.stopped) this.plan();
        });
    });
  }

  private async purge(): Promise<void> {
    await this.sessions.purge();
    await this.signIn.purge();
    await this.steps.purge();
    await purgeProviderRecords(this.store, this.clock);
    await this.store.transact((tx) =>
      tx.query('delete from one_time_link where used_at is not null and expires_at < $1', [this.clock.now()]),
    );
  }
}
