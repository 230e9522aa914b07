import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { describeError, seconds } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import type { Logger } from '@quaywatch/runtime';
import type { OidcMount } from './oidc/mount';
import { purgeProviderRecords } from './oidc/postgres-adapter';
import type { Sessions } from './sessions/sessions';
import type { SignIn } from './sign-in/sign-in';
import type { SignInSteps } from './sign-in/steps';
import type { ForgetPeople } from './users/forget-people';

const pause = seconds(15);

/** Removes what has expired, so that tables stay as small as what is in use. */
export class HousekeepingJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private cancel: (() => void) | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  private turns = 0;

  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly parts: {
      readonly sessions: Sessions;
      readonly signIn: SignIn;
      readonly steps: SignInSteps;
      readonly people: ForgetPeople;
      readonly mount: OidcMount;
    },
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
      this.turns++;
      this.running = Promise.all([
        this.parts.mount.turn(),
        // Rows that have expired are in nobody's way for a few minutes.
        this.turns % 20 === 0 ? this.purge() : undefined,
      ])
        .then(() => undefined)
        .catch((error: unknown) => this.logger.warn({ reason: describeError(error) }, 'housekeeping was not finished'))
        .finally(() => {
          if (!this.stopped) this.plan();
        });
    });
  }

  private async purge(): Promise<void> {
    await this.parts.sessions.purge();
    await this.parts.signIn.purge();
    await this.parts.steps.purge();
    await this.parts.people.turn();
    await purgeProviderRecords(this.store, this.clock);
    await this.store.transact((tx) =>
      tx.query('delete from one_time_link where used_at is not null and expires_at < $1', [this.clock.now()]),
    );
  }
}
