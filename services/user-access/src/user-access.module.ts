import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { days, seconds } from '@quaywatch/kernel';
import type { Clock, NotificationChannel, SecretStore, ViewStore } from '@quaywatch/ports';
import { AUDIT, CHANNELS, CLOCK, LOGGER, SECRETS, STORE, type AuditTrail, type Logger } from '@quaywatch/runtime';
import { Inject } from '@nestjs/common';
import { Authority } from './authority/authority';
import { AuthorityController } from './authority/authority.controller';
import { Clients } from './clients/clients';
import { ClientsController } from './clients/clients.controller';
import { ConsentsController } from './clients/consents.controller';
import { UsageController } from './clients/usage.controller';
import { UsageReactor } from './clients/usage.reactor';
import type { UserAccessConfig } from './config';
import { Account } from './factors/account';
import { AccountController } from './factors/account.controller';
import { Factors } from './factors/factors';
import { Passkeys } from './factors/passkeys';
import { Policies } from './factors/policies';
import { HousekeepingJob } from './housekeeping.job';
import { NoticeMailJob } from './notices/notice-mail.job';
import { Notices } from './notices/notices';
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
import { Turns } from './sign-in/turns';
import { CONFIGURATION } from './tokens';
import { ForgetPeople } from './users/forget-people';
import { ExternalSignIn } from './users/external-sign-in';
import { GroupRoles } from './users/group-roles';
import { HashingThreads } from './users/hashing-threads';
import { LeakedPasswords } from './users/leaked-passwords';
import { PasswordRules, Passwords } from './users/password';
import { UserAdministration } from './users/user-administration';
import { UserAdministrationController } from './users/user-administration.controller';
import { PrivacyController } from './users/privacy.controller';
import { Users } from './users/users';
import { UsersController } from './users/users.controller';
import { ViewsReactor } from './users/views.reactor';

type Channels = Readonly<Record<string, NotificationChannel>>;

@Module({
  controllers: [
    UsersController,
    UserAdministrationController,
    ClientsController,
    UsageController,
    UsageReactor,
    ConsentsController,
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
      provide: Passwords,
      useFactory: (config: UserAccessConfig, clock: Clock) =>
        new Passwords(
          new Turns(
            {
              atOnce: config.PASSWORDS_AT_ONCE,
              waiting: config.PASSWORDS_WAITING,
              patience: seconds(config.PASSWORDS_WAIT_SECONDS),
            },
            clock,
          ),
          new HashingThreads(0),
          new HashingThreads(config.PASSWORDS_NICE),
        ),
      inject: [CONFIGURATION, CLOCK],
    },
    {
      provide: Users,
      useFactory: (
        store: ViewStore,
        clock: Clock,
        audit: AuditTrail,
        ...[rules, passwords, { PUBLIC_URL }]: [PasswordRules, Passwords, UserAccessConfig]
      ) =>
        new Users(store, clock, audit, rules, passwords, (secret) => `${PUBLIC_URL}${mountPath}/invitation/${secret}`),
      inject: [STORE, CLOCK, AUDIT, PasswordRules, Passwords, CONFIGURATION],
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
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail, groups: GroupRoles, policies: Policies) =>
        new ExternalSignIn(store, clock, audit, groups, policies),
      inject: [STORE, CLOCK, AUDIT, GroupRoles, Policies],
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
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail, passwords: Passwords, config: UserAccessConfig) =>
        new SignIn(store, clock, audit, passwords, config.ORGANISATION),
      inject: [STORE, CLOCK, AUDIT, Passwords, CONFIGURATION],
    },
    {
      provide: Notices,
      useFactory: (clock: Clock, channels: Channels) => new Notices(clock, channels['mail'] !== undefined),
      inject: [CLOCK, CHANNELS],
    },
    {
      provide: NoticeMailJob,
      useFactory: (
        store: ViewStore,
        clock: Clock,
        channels: Channels,
        ...[logger, audit, config]: [Logger, AuditTrail, UserAccessConfig]
      ) => new NoticeMailJob(store, clock, channels['mail'], { audit, logger, publicUrl: config.PUBLIC_URL }),
      inject: [STORE, CLOCK, CHANNELS, LOGGER, AUDIT, CONFIGURATION],
    },
    {
      provide: Sessions,
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail, notices: Notices) =>
        new Sessions(store, clock, audit, new Devices(clock, audit, notices)),
      inject: [STORE, CLOCK, AUDIT, Notices],
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
      useFactory: (store: ViewStore, clock: Clock, secrets: SecretStore, audit: AuditTrail, notices: Notices) =>
        new Factors(store, clock, secrets, audit, notices),
      inject: [STORE, CLOCK, SECRETS, AUDIT, Notices],
    },
    {
      provide: Passkeys,
      useFactory: (store: ViewStore, clock: Clock, config: UserAccessConfig, factors: Factors) =>
        new Passkeys(store, clock, config.PUBLIC_URL, factors),
      inject: [STORE, CLOCK, CONFIGURATION, Factors],
    },
    {
      provide: Policies,
      useFactory: (store: ViewStore, audit: AuditTrail, config: UserAccessConfig, clock: Clock) =>
        new Policies(store, audit, config.SECOND_FACTOR, clock),
      inject: [STORE, AUDIT, CONFIGURATION, CLOCK],
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
        ...[administration, factors, policies, notices]: [UserAdministration, Factors, Policies, Notices]
      ) => new Authority(store, clock, audit, { administration, factors, policies, notices }),
      inject: [STORE, CLOCK, AUDIT, UserAdministration, Factors, Policies, Notices],
    },
    {
      provide: Account,
      useFactory: (
        store: ViewStore,
        clock: Clock,
        audit: AuditTrail,
        ...[rules, users, factors, passkeys, policies, signIn, steps, notices, passwords]: [
          PasswordRules,
          Users,
          Factors,
          Passkeys,
          Policies,
          SignIn,
          SignInSteps,
          Notices,
          Passwords,
        ]
      ) =>
        new Account(store, clock, audit, {
          rules,
          users,
          factors,
          passkeys,
          policies,
          signIn,
          steps,
          notices,
          passwords,
        }),
      inject: [
        STORE,
        CLOCK,
        AUDIT,
        PasswordRules,
        Users,
        Factors,
        Passkeys,
        Policies,
        SignIn,
        SignInSteps,
        Notices,
        Passwords,
      ],
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
        ...[steps, factors, passkeys, policies, audit]: [SignInSteps, Factors, Passkeys, Policies, AuditTrail]
      ) => {
        const pages = { signIn, steps, factors, passkeys, policies };
        const given = { store, clock, secrets, logger, users, clients, audit };
        const mount = new OidcMount({
          publicUrl: config.PUBLIC_URL,
          keysSign: days(config.SIGNING_KEY_DAYS),
          home: config.ORGANISATION,
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
        AUDIT,
      ],
    },
    {
      provide: ForgetPeople,
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail, config: UserAccessConfig) =>
        new ForgetPeople(store, clock, audit, config.FORGET_AFTER_DAYS),
      inject: [STORE, CLOCK, AUDIT, CONFIGURATION],
    },
    {
      provide: HousekeepingJob,
      useFactory: (
        store: ViewStore,
        clock: Clock,
        logger: Logger,
        ...[sessions, signIn, steps, people, mount]: [Sessions, SignIn, SignInSteps, ForgetPeople, OidcMount]
      ) => new HousekeepingJob(store, clock, logger, { sessions, signIn, steps, people, mount }),
      inject: [STORE, CLOCK, LOGGER, Sessions, SignIn, SignInSteps, ForgetPeople, OidcMount],
    },
  ],
})
export class UserAccessModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(CONFIGURATION) private readonly config: UserAccessConfig,
    @Inject(Users) private readonly users: Users,
    @Inject(Passwords) private readonly passwords: Passwords,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.PRINT_SETUP_LINK) return;
    const fresh = await this.users.firstAdministratorLink(this.config.ORGANISATION);
    // To the person who starts it, not to the log: the link is a secret.
    if (fresh) process.stdout.write(`Set up the first administrator: ${fresh.link}\n`);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.passwords.close();
  }
}
