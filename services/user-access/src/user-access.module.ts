import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Clock, SecretStore, ViewStore } from '@quaywatch/ports';
import { AUDIT, CLOCK, LOGGER, SECRETS, STORE, type AuditTrail, type Logger } from '@quaywatch/runtime';
import { Inject } from '@nestjs/common';
import type { UserAccessConfig } from './config';
import { HousekeepingJob } from './housekeeping.job';
import { OidcMount } from './oidc/mount';
import { mountPath } from './oidc/provider';
import { Sessions } from './sessions/sessions';
import { SessionsController } from './sessions/sessions.controller';
import { SignIn } from './sign-in/sign-in';
import { CONFIGURATION } from './tokens';
import { Users } from './users/users';
import { UsersController } from './users/users.controller';
import { ViewsReactor } from './users/views.reactor';

@Module({
  controllers: [UsersController, SessionsController, ViewsReactor],
  providers: [
    {
      provide: Users,
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail, config: UserAccessConfig) =>
        new Users(store, clock, audit, (secret) => `${config.PUBLIC_URL}${mountPath}/invitation/${secret}`),
      inject: [STORE, CLOCK, AUDIT, CONFIGURATION],
    },
    {
      provide: SignIn,
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail) => new SignIn(store, clock, audit),
      inject: [STORE, CLOCK, AUDIT],
    },
    {
      provide: Sessions,
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail) => new Sessions(store, clock, audit),
      inject: [STORE, CLOCK, AUDIT],
    },
    {
      provide: OidcMount,
      useFactory: (
        host: HttpAdapterHost,
        store: ViewStore,
        clock: Clock,
        secrets: SecretStore,
        logger: Logger,
        config: UserAccessConfig,
        users: Users,
        signIn: SignIn,
      ) => {
        const mount = new OidcMount({ publicUrl: config.PUBLIC_URL, store, clock, secrets, logger, users, signIn });
        mount.mount(host);
        return mount;
      },
      inject: [HttpAdapterHost, STORE, CLOCK, SECRETS, LOGGER, CONFIGURATION, Users, SignIn],
    },
    {
      provide: HousekeepingJob,
      useFactory: (store: ViewStore, clock: Clock, logger: Logger, sessions: Sessions, signIn: SignIn) =>
        new HousekeepingJob(store, clock, logger, sessions, signIn),
      inject: [STORE, CLOCK, LOGGER, Sessions, SignIn],
    },
  ],
})
export class UserAccessModule implements OnApplicationBootstrap {
  constructor(
    @Inject(CONFIGURATION) private readonly config: UserAccessConfig,
    @Inject(Users) private readonly users: Users,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.PRINT_SETUP_LINK) return;
    const fresh = await this.users.firstAdministratorLink(this.config.ORGANISATION);
    // To the person who starts it, not to the log: the link is a secret.
    if (fresh) process.stdout.write(`Set up the first administrator: ${fresh.link}\n`);
  }
}
