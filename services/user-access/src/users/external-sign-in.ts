import type { UserCommand } from '@quaywatch/domain/access';
import { makeId, minutes, type Decision } from '@quaywatch/kernel';
import type { Clock, StoreTransaction, ViewStore } from '@quaywatch/ports';
import type { AuditTrail } from '@quaywatch/runtime';
import type { Policies } from '../factors/policies';
import type { GroupRoles } from './group-roles';
import { lockOrganisation, recordUser } from './record-user';
import { emailKey } from './users';

/** A person as another identity provider tells of them. */
export interface ExternalIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly verifiedEmail: string | null;
  readonly name: string | null;
  readonly groups: readonly string[];
  /** Whether that provider says that it asked for more than one factor. */
  readonly twoFactors: boolean;
}

/** What became of a sign-in: the user, or why they stay outside. */
export type ExternalResult =
  { readonly kind: 'user'; readonly user: string } | { readonly kind: 'stranger' } | { readonly kind: 'one-factor' };

/** People whom another identity provider signs in. They are known by (issuer, subject), never by e-mail. */
export class ExternalSignIn {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    private readonly groups: GroupRoles,
    private readonly policies: Policies,
  ) {}

  /**
   * The user. On their first sign-in they take the open invitation to the e-mail address which that provider has
   * verified, or are made with the roles of their groups; without either they stay outside. At every sign-in roles that
   * groups give are given, and those that only a group gave are taken when they have left it. Where their organisation
   * requires a second factor, the provider must have said that it asked for one.
   */
  async admit(identity: ExternalIdentity, address: string | null): Promise<ExternalResult> {
    if (!identity.twoFactors) {
      const { org, user } = await this.foreseen(identity);
      if ((await this.policies.secondFactor(org)) === 'required') {
        const person = { kind: 'user', id: user ?? 'unknown' } as const;
        await this.audit.write({
          ...{ org, class: 'authentication', action: 'sign-in', outcome: 'failure', address },
          ...{ actor: person, target: person, reason: 'no second factor at the other provider' },
          detail: { issuer: identity.issuer },
        });
        return { kind: 'one-factor' };
      }
    }
    return this.store.transact(async (tx) => {
      const user = (await this.known(tx, identity)) ?? (await this.first(tx, identity, address));
      if (user === undefined) return { kind: 'stranger' };
      await this.groups.follow(tx, user, identity.groups, by(identity), (action) =>
        this.audited(tx, this.groups.mapping.org, user, identity, address, action, { by: 'groups' }),
      );
      return { kind: 'user', user };
    });
  }

  private async known(tx: StoreTransaction, { issuer, subject }: ExternalIdentity): Promise<string | undefined> {
    const [row] = await tx.query<{ user_id: string }>(
      'select user_id from external_identity where issuer = $1 and subject = $2',
      [issuer, subject],
    );
    return row?.user_id;
  }

  /** Who it would be, and whose policy holds: the person's organisation, or for somebody new the one that groups lead to. */
  private foreseen(identity: ExternalIdentity): Promise<{ org: string; user: string | undefined }> {
    return this.store.transact(async (tx) => {
      const user = await this.known(tx, identity);
      const [row] = await tx.query<{ org: string; user_id: string }>(
        'select org, user_id from person where user_id = $1 or email_key = $2',
        [user ?? null, user === undefined && identity.verifiedEmail ? emailKey(identity.verifiedEmail) : null],
      );
      return { org: row?.org ?? this.groups.mapping.org, user: row?.user_id };
    });
  }

  private async first(
    tx: StoreTransaction,
    identity: ExternalIdentity,
    address: string | null,
  ): Promise<string | undefined> {
    if (!identity.verifiedEmail) return undefined;
    const key = emailKey(identity.verifiedEmail);
    const [person] = await tx.query<{ org: string; user_id: string; state: string; waits: boolean }>(
      `select p.org, p.user_id, a.state, a.state = 'invited' or (a.state = 'active' and p.password_hash is null
         and exists (select 1 from scim_user s where s.user_id = p.user_id and s.deleted_at is null)
         and not exists (select 1 from external_identity e where e.user_id = p.user_id)) as waits
       from person p join account a using (user_id) where p.email_key = $1`,
      [key],
    );
    // Somebody who signs in here by themselves is never taken over by an address: only an open invitation is taken, or
    // what that provider has itself provisioned and nobody has used.
    if (person && !person.waits) return undefined;
    const { org, user } = person
      ? { org: person.org, user: person.user_id }
      : { org: this.groups.mapping.org, user: makeId('user', this.clock.now(), this.clock.random(16)) };
    await lockOrganisation(tx, org);
    if (!person) {
      const roles = this.groups.rolesOf(identity.groups);
      if (roles.length === 0) return undefined;
      const expiresAt = this.clock.now() + minutes(1);
      if (!(await this.record(tx, org, user, { kind: 'invite', user, by: by(identity), expiresAt, roles })).ok)
        return undefined;
      await tx.query('insert into person (org, user_id, name, email, email_key) values ($1, $2, $3, $4, $5)', [
        org,
        user,
        identity.name?.trim().slice(0, 100) || null,
        identity.verifiedEmail.trim(),
        key,
      ]);
    }
    if (person?.state !== 'active') {
      if (!(await this.record(tx, org, user, { kind: 'register', user, now: this.clock.now() })).ok) return undefined;
    }
    await tx.query('insert into external_identity (issuer, subject, user_id) values ($1, $2, $3)', [
      identity.issuer,
      identity.subject,
      user,
    ]);
    await tx.query('delete from one_time_link where user_id = $1', [user]);
    await this.audited(tx, org, user, identity, address, 'user.register', { just_in_time: person ? 'no' : 'yes' });
    return user;
  }

  private record(tx: StoreTransaction, org: string, user: string, command: UserCommand): Promise<Decision<void>> {
    return recordUser(tx, this.clock, org, user, command);
  }

  private audited(
    tx: StoreTransaction,
    org: string,
    user: string,
    { issuer }: ExternalIdentity,
    address: string | null,
    action: string,
    detail: Record<string, string>,
  ): Promise<void> {
    return this.audit.within(tx, {
      org,
      class: action === 'user.register' ? 'authentication' : 'privileged',
      actor: { kind: 'user', id: user },
      action,
      target: { kind: 'user', id: user },
      outcome: 'success',
      address,
      detail: { issuer, ...detail },
    });
  }
}

const by = ({ issuer }: ExternalIdentity): string => `groups of ${issuer}`;
