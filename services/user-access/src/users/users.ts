import type { Principal } from '@quaywatch/contracts';
import { type RoleGrant, type UserCommand } from '@quaywatch/domain/access';
import { accept, makeId, refuse, type Decision, type Instant } from '@quaywatch/kernel';
import type { Clock, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import { rolesNow } from '../authority/principal-now';
import { auditDeed, type Caller } from '../caller';
import type { AccountRow } from './account-view';
import { linkLife, makeLink, openLink } from './one-time-link';
import type { PasswordRules, Passwords } from './password';
import { lockOrganisation, recordUser, unwrap } from './record-user';

/** The e-mail as it is compared. */
export const emailKey = (email: string): string => email.trim().normalize('NFC').toLowerCase();

const administrator: RoleGrant = { role: 'administrator', scope: 'organisation' };

/** What a person fills in to register. */
export interface Registration {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** What a link's page shows before anything is filled in; `email` is fixed for an invitation. */
export interface OpenLink {
  readonly kind: 'setup' | 'invitation';
  readonly name: string;
  readonly email: string;
}

/** Life of users: invitations, registration, and the first administrator. */
export class Users {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    private readonly rules: PasswordRules,
    private readonly passwords: Passwords,
    private readonly linkUrl: (secret: string) => string,
  ) {}

  /** Invites a person (again, when they have not registered yet): the answer has the link, good once. Refused as `Refused`. */
  async invite(
    caller: Caller,
    person: { name: string; email: string; roles: readonly RoleGrant[] },
  ): Promise<{ id: string; link: string; expiresAt: Instant }> {
    const { principal: by } = caller;
    return this.store.transact(async (tx) => {
      await lockOrganisation(tx, by.org);
      const key = emailKey(person.email);
      const [known] = await tx.query<{ user_id: string; org: string }>(
        'select user_id, org from person where email_key = $1',
        [key],
      );
      if (known && known.org !== by.org) throw new Refused('conflict', 'This e-mail address cannot be invited.');
      const id = known?.user_id ?? makeId('user', this.clock.now(), this.clock.random(16));
      const expiresAt = this.clock.now() + linkLife.invitation;
      unwrap(
        await this.decide(tx, by.org, id, { kind: 'invite', user: id, by: by.id, expiresAt, roles: person.roles }),
      );
      if (!known) {
        await tx.query('insert into person (org, user_id, name, email, email_key) values ($1, $2, $3, $4, $5)', [
          by.org,
          id,
          person.name.trim(),
          person.email.trim(),
          key,
        ]);
      }
      const secret = await makeLink(tx, this.clock, { org: by.org, user: id, kind: 'invitation', expiresAt });
      await auditDeed(this.audit, tx, caller, {
        action: 'user.invite',
        target: { kind: 'user', id },
        detail: { roles: person.roles.map(describeGrant).join('; ') },
      });
      return { id, link: this.linkUrl(secret), expiresAt };
    });
  }

  /** A fresh set-up link for the first administrator of `org` (older ones die), or null when somebody has registered there. */
  async firstAdministratorLink(org: string): Promise<{ link: string; expiresAt: Instant } | null> {
    return this.store.transact(async (tx) => {
      await lockOrganisation(tx, org);
      const [registered] = await tx.query(
        `select 1 from account where org = $1 and state in ('active', 'disabled') limit 1`,
        [org],
      );
      if (registered) return null;
      const [open] = await tx.query<{ user_id: string }>(
        `select user_id from one_time_link where org = $1 and kind = 'setup'`,
        [org],
      );
      const id = open?.user_id ?? makeId('user', this.clock.now(), this.clock.random(16));
      const expiresAt = this.clock.now() + linkLife.setup;
      unwrap(
        await this.decide(tx, org, id, { kind: 'invite', user: id, by: 'platform', expiresAt, roles: [administrator] }),
      );
      const secret = await makeLink(tx, this.clock, { org, user: id, kind: 'setup', expiresAt });
      await this.audit.within(tx, {
        org,
        class: 'privileged',
        actor: { kind: 'service', id: 'user-access' },
        action: 'user.set-up-link',
        target: { kind: 'user', id },
        outcome: 'success',
      });
      return { link: this.linkUrl(secret), expiresAt };
    });
  }

  /** What the page of a link shows; undefined when the link is unknown, used or too old. */
  async open(secret: string): Promise<OpenLink | undefined> {
    return this.store.transact(async (tx) => {
      const link = await openLink(tx, secret, this.clock.now());
      if (!link) return undefined;
      const [person] = await tx.query<{ name: string; email: string }>(
        'select name, email from person where user_id = $1',
        [link.user_id],
      );
      return { kind: link.kind, name: person?.name ?? '', email: person?.email ?? '' };
    });
  }

  /** Uses a link: the person has a name, an e-mail and a password from now on, and the link is dead. */
  async register(secret: string, form: Registration, address: string | null): Promise<Decision<{ user: string }>> {
    const link = await this.open(secret);
    if (!link) return refuse('gone', 'This link was used already, or it is too old. Ask for a new one.');
    const email = link.kind === 'invitation' ? link.email : form.email.trim();
    const name = form.name.trim();
    if (!name || name.length > 100) return refuse('invalid', 'Enter your name, at most 100 characters.');
    if (email.length > 254 || !/^[^\s@<>"]+@[^\s@<>"]+$/.test(email))
      return refuse('invalid', 'Enter your e-mail address, like name@example.com.');
    const weak = await this.rules.weakness(form.password, [name, email]);
    if (weak) return refuse('invalid', weak);
    const hashed = await this.passwords.turns.take(true, () => this.passwords.hash(form.password));
    if (!hashed) return refuse('too_many', 'Many people sign in right now. Try again in a few seconds.');
    const passwordHash = hashed.done;
    return this.store.transact(async (tx) => {
      const row = await openLink(tx, secret, this.clock.now());
      if (!row) return refuse('gone', 'This link was used already, or it is too old. Ask for a new one.');
      const user = row.user_id;
      await lockOrganisation(tx, row.org);
      const [other] = await tx.query('select 1 from person where email_key = $1 and user_id <> $2', [
        emailKey(email),
        user,
      ]);
      if (other) return refuse('conflict', 'This e-mail address belongs to another user already.');
      const decision = await this.decide(tx, row.org, user, { kind: 'register', user, now: this.clock.now() });
      if (!decision.ok) return decision;
      await tx.query(
        `insert into person (org, user_id, name, email, email_key, password_hash) values ($1, $2, $3, $4, $5, $6)
         on conflict (user_id) do update set name = $3, email = $4, email_key = $5, password_hash = $6`,
        [row.org, user, name, email, emailKey(email), passwordHash],
      );
      await tx.query('update one_time_link set used_at = $2 where secret_hash = $1', [
        row.secret_hash,
        this.clock.now(),
      ]);
      await this.audit.within(tx, {
        org: row.org,
        class: 'authentication',
        actor: { kind: 'user', id: user },
        action: row.kind === 'setup' ? 'user.set-up' : 'user.register',
        target: { kind: 'user', id: user },
        outcome: 'success',
        address,
      });
      return accept({ user });
    });
  }

  /** Who a user is now, for decisions; undefined when they may not sign in (any more). */
  async principalOf(user: string): Promise<Principal | undefined> {
    return this.store.transact(async (tx) => {
      const [row] = await tx.query<AccountRow>(`select * from account where user_id = $1 and state = 'active'`, [user]);
      if (!row) return undefined;
      const roles = await rolesNow(tx, row.org, row.roles, this.clock.now());
      return { kind: 'user', id: row.user_id, org: row.org, roles };
    });
  }

  /** What a person signs in with, for their authenticator's list; undefined when it is not known. */
  async nameOf(org: string, user: string): Promise<string | undefined> {
    const [row] = await this.store.readAs(org, (q) =>
      q.query<{ email: string | null }>('select email from person where org = $1 and user_id = $2', [org, user]),
    );
    return row?.email ?? undefined;
  }

  private decide(tx: StoreTransaction, org: string, user: string, command: UserCommand): Promise<Decision<void>> {
    return recordUser(tx, this.clock, org, user, command);
  }
}

/** A grant in words, for the audit trail. */
export const describeGrant = ({ role, scope }: RoleGrant): string =>
  scope === 'organisation' ? role : `${role} at ${scope.terminals.join(', ')}`;
