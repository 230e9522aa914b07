import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { days } from '@quaywatch/kernel';
import type { Clock, SecretStore, ViewStore } from '@quaywatch/ports';
import { AUDIT, CLOCK, LOGGER, SECRETS, STORE, type AuditTrail, type Logger } from '@quaywatch/runtime';
import { Inject } from '@nestjs/common';
import { Authority } from './authority/authority';
import { AuthorityController } from './authority/authority.controller';
import { Clients } from './clients/clients';
import { ClientsController } from './clients/clients.controller';
import type { UserAccessConfig } from './config';
import { Account } from './factors/account';
import { AccountController } from './factors/account.controller';
import { Factors } from './factors/factors';
import { Passkeys } from './factors/passkeys';
import { Policies } from './factors/policies';
import { HousekeepingJob } from './housekeeping.job';
import { OidcMount } from './oidc/mount';
import { mountPath } from './oidc/provider';
import { Devices } from './sessions/devices';
import { ScimController } from './scim/scim.controller';
import { ScimGroups } from './scim/scim-groups';
import { ScimUsers } from './scim/scim-users';
import { Sessions } from './sessions/sessions';
import { SessionsController } from './sessions/sessions.controller';
import { SignIn } from './sign-in/sign-in';
import { SignInSteps } from './sign-in/steps';
import { CONFIGURATION } from './tokens';
import { ExternalSignIn } from './users/external-sign-in';
import { GroupRoles } from './users/group-roles';
import { LeakedPasswords } from './users/leaked-passwords';
import { PasswordRules } from './users/password';
import { UserAdministration } from './users/user-administration';
import { UserAdministrationController } from './users/user-administration.controller';
import { PrivacyController } from './users/privacy.controller';
import { Users } from './users/users';
import { UsersController } from './users/users.controller';
import { ViewsReactor } from './users/views.reactor';

@Module({
  controllers: [
    UsersController,
    UserAdministrationController,
    ClientsController,
    SessionsController,
    AccountController,
    AuthorityController,
    PrivacyController,
    ScimController,
    ViewsReactor,
  ],
  providers: [
    {
      provide: PasswordRules,
      useFactory: async ({ LEAKED_PASSWORDS_FILE: file }: UserAccessConfig) =>
        new PasswordRules(file === undefined ? undefined : await LeakedPasswords.open(file)),
      inject: [CONFIGURATION],
    },
    {
      provide: Users,
      useFactory: (
        store: ViewStore,
        clock: Clock,
        audit: AuditTrail,
        rules: PasswordRules,
        { PUBLIC_URL }: UserAccessConfig,
      ) => new Users(store, clock, audit, rules, (secret) => `${PUBLIC_URL}${mountPath}/invitation/${secret}`),
      inject: [STORE, CLOCK, AUDIT, PasswordRules, CONFIGURATION],
    },
    {
      provide: GroupRoles,
      useFactory: (clock: Clock, config: UserAccessConfig) =>
        new GroupRoles(clock, {
          org: config.ORGANISATION,
          roles: new Map(Object.entries(config.EXTERNAL_GROUP_ROLES)),
        }),
      inject: [CLOCK, CONFIGURATION],
    },
    {
      provide: ExternalSignIn,
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail, groups: GroupRoles) =>
        new ExternalSignIn(store, clock, audit, groups),
      inject: [STORE, CLOCK, AUDIT, GroupRoles],
    },
    {
      provide: ScimUsers,
      useFactory: (
        store: ViewStore,
        clock: Clock,
        audit: AuditTrail,
        administration: UserAdministration,
        roles: GroupRoles,
        config: UserAccessConfig,
      ) => new ScimUsers(store, clock, audit, administration, roles, config.PUBLIC_URL),
      inject: [STORE, CLOCK, AUDIT, UserAdministration, GroupRoles, CONFIGURATION],
    },
    {
      provide: ScimGroups,
      useFactory: (
        store: ViewStore,
        clock: Clock,
        audit: AuditTrail,
        roles: GroupRoles,
        ...[authority, policies, config]: [Authority, Policies, UserAccessConfig]
      ) => new ScimGroups(store, clock, audit, roles, authority, policies, config.PUBLIC_URL),
      inject: [STORE, CLOCK, AUDIT, GroupRoles, Authority, Policies, CONFIGURATION],
    },
    {
      provide: SignIn,
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail) => new SignIn(store, clock, audit),
      inject: [STORE, CLOCK, AUDIT],
    },
    {
      provide: Sessions,
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail) =>
        new Sessions(store, clock, audit, new Devices(clock, audit)),
      inject: [STORE, CLOCK, AUDIT],
    },
    {
      provide: UserAdministration,
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail) => new UserAdministration(store, clock, audit),
      inject: [STORE, CLOCK, AUDIT],
    },
    {
      provide: Clients,
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail, config: UserAccessConfig) =>
        new Clients(store, clock, audit, config.PUBLIC_URL),
      inject: [STORE, CLOCK, AUDIT, CONFIGURATION],
    },
    {
      provide: Factors,
      useFactory: (store: ViewStore, clock: Clock, secrets: SecretStore, audit: AuditTrail) =>
        new Factors(store, clock, secrets, audit),
      inject: [STORE, CLOCK, SECRETS, AUDIT],
    },
    {
      provide: Passkeys,
      useFactory: (store: ViewStore, clock: Clock, config: UserAccessConfig, factors: Factors) =>
        new Passkeys(store, clock, config.PUBLIC_URL, factors),
      inject: [STORE, CLOCK, CONFIGURATION, Factors],
    },
    {
      provide: Policies,
      useFactory: (store: ViewStore, audit: AuditTrail, config: UserAccessConfig) =>
        new Policies(store, audit, config.SECOND_FACTOR),
      inject: [STORE, AUDIT, CONFIGURATION],
    },
    {
      provide: SignInSteps,
      useFactory: (store: ViewStore, clock: Clock) => new SignInSteps(store, clock),
      inject: [STORE, CLOCK],
    },
    {
      provide: Authority,
      useFactory: (
        store: ViewStore,
        clock: Clock,
        audit: AuditTrail,
        ...[administration, factors, policies]: [UserAdministration, Factors, Policies]
      ) => new Authority(store, clock, audit, { administration, factors, policies }),
      inject: [STORE, CLOCK, AUDIT, UserAdministration, Factors, Policies],
    },
    {
      provide: Account,
      useFactory: (
        store: ViewStore,
        clock: Clock,
        audit: AuditTrail,
        ...[rules, users, factors, passkeys, policies, signIn, steps]: [
          PasswordRules,
          Users,
          Factors,
          Passkeys,
          Policies,
          SignIn,
          SignInSteps,
        ]
      ) => new Account(store, clock, audit, { rules, users, factors, passkeys, policies, signIn, steps }),
      inject: [STORE, CLOCK, AUDIT, PasswordRules, Users, Factors, Passkeys, Policies, SignIn, SignInSteps],
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
        clients: Clients,
        ...[steps, factors, passkeys, policies]: [SignInSteps, Factors, Passkeys, Policies]
      ) => {
        const pages = { signIn, steps, factors, passkeys, policies };
        const given = { store, clock, secrets, logger, users, clients };
        const mount = new OidcMount({
          publicUrl: config.PUBLIC_URL,
          keysSign: days(config.SIGNING_KEY_DAYS),
          ...given,
          ...pages,
        });
        mount.mount(host);
        return mount;
      },
      inject: [
        HttpAdapterHost,
        STORE,
        CLOCK,
        SECRETS,
        LOGGER,
        CONFIGURATION,
        Users,
        SignIn,
        Clients,
        SignInSteps,
        Factors,
        Passkeys,
        Policies,
      ],
    },
    {
      provide: HousekeepingJob,
      useFactory: (
        store: ViewStore,
        clock: Clock,
        logger: Logger,
        ...[sessions, signIn, steps, mount]: [Sessions, SignIn, SignInSteps, OidcMount]
      ) => new HousekeepingJob(store, clock, logger, { sessions, signIn, steps, mount }),
      inject: [STORE, CLOCK, LOGGER, Sessions, SignIn, SignInSteps, OidcMount],
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
