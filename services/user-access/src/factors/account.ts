import type { Clock, Queryable, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import { auditDeed, type Caller } from '../caller';
import { endSessionsOf } from '../sessions/sessions';
import type { SignIn } from '../sign-in/sign-in';
import type { SignInSteps } from '../sign-in/steps';
import type { PasswordRules, Passwords } from '../users/password';
import type { Users } from '../users/users';
import type { NoticeKind, Notices } from '../notices/notices';
import type { Factors, Owner } from './factors';
import type { Passkeys } from './passkeys';
import type { Policies, SecondFactor } from './policies';

/** A person's ways to sign in, as they see them. */
export interface OwnSecurity {
  readonly secondFactor: SecondFactor;
  readonly password: boolean;
  readonly totp: boolean;
  readonly passkeys: readonly { id: string; name: string; created_at: number; last_used_at: number | null }[];
  readonly codesLeft: number;
  readonly notices: readonly {
    id: string;
    kind: NoticeKind;
    at: number;
    address: string | null;
    user_agent: string | null;
  }[];
}

/** What people do to their own account: password, passkeys, authenticator app, recovery codes. Refuses by throwing `Refused`. */
export class Account {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    private readonly parts: {
      readonly rules: PasswordRules;
      readonly users: Users;
      readonly factors: Factors;
      readonly passkeys: Passkeys;
      readonly policies: Policies;
      readonly signIn: SignIn;
      readonly steps: SignInSteps;
      readonly notices: Notices;
      readonly passwords: Passwords;
    },
  ) {}

  /** What is there now. */
  async security(caller: Caller): Promise<OwnSecurity> {
    const { user, org } = ownerOf(caller);
    const secondFactor = await this.parts.policies.secondFactor(org);
    return this.store.transact(async (tx) => {
      const [row] = await tx.query<{ password: boolean; totp: boolean; codes: number }>(
        `select exists (select from person where user_id = $1 and password_hash is not null) as password,
           exists (select from totp_factor where user_id = $1 and confirmed_at is not null) as totp,
           (select count(*)::int from recovery_code where user_id = $1 and used_at is null) as codes`,
        [user],
      );
      const passkeys = await tx.query<OwnSecurity['passkeys'][number]>(
        'select credential_id as id, name, created_at, last_used_at from passkey where user_id = $1 order by created_at',
        [user],
      );
      const notices = await tx.query<OwnSecurity['notices'][number]>(
        'select id, kind, at, address, user_agent from notice where user_id = $1 order by at desc limit 20',
        [user],
      );
      return {
        secondFactor,
        password: row?.password ?? false,
        totp: row?.totp ?? false,
        passkeys,
        codesLeft: row?.codes ?? 0,
        notices,
      };
    });
  }

  /** Forgets a notice; the number of those that went. */
  async dismiss(caller: Caller, id: string): Promise<number> {
    const { user } = ownerOf(caller);
    const gone = await this.store.transact((tx) =>
      tx.query('delete from notice where id = $1 and user_id = $2 returning 1', [id, user]),
    );
    return gone.length;
  }

  /** Changes the password and ends every other session; their number. Wrong guesses of the present one are slowed down. */
  async changePassword(caller: Caller, current: string, next: string): Promise<number> {
    const owner = ownerOf(caller);
    const [person] = await this.store.transact((tx) =>
      tx.query<{ name: string | null; email: string | null; password_hash: string | null }>(
        'select name, email, password_hash from person where user_id = $1',
        [owner.user],
      ),
    );
    if (!person?.password_hash) throw new Refused('conflict', 'You sign in without a password here.');
    const weak = await this.parts.rules.weakness(next, [person.name ?? '', person.email ?? '']);
    if (weak) throw new Refused('invalid', weak, [{ pointer: '/next', code: 'weak', detail: weak }]);
    await this.tried(caller, '/current', 'The present password is not right.', () =>
      this.inTurn(() => this.parts.passwords.matches(person.password_hash, current, true)),
    );
    const hash = await this.inTurn(() => this.parts.passwords.hash(next));
    return this.store.transact(async (tx) => {
      await tx.query('update person set password_hash = $2 where user_id = $1', [owner.user, hash]);
      const ended = await endSessionsOf(tx, this.clock, owner.user, owner.org, caller.principal.session);
      await this.parts.notices.changed(tx, owner, 'password_changed', { address: caller.address });
      await this.audited(tx, caller, 'user.change-password', { ended });
      return ended;
    });
  }

  /** What the browser needs to make a passkey. */
  async beginPasskey(caller: Caller): Promise<Record<string, unknown>> {
    const owner = ownerOf(caller);
    const name = (await this.parts.users.nameOf(owner.org, owner.user)) ?? owner.user;
    const { challenge, json } = await this.parts.passkeys.registrationOptions(owner, name);
    await this.parts.steps.write(stepOf(owner), { user: owner.user, challenge, failures: 0 });
    return JSON.parse(json) as Record<string, unknown>;
  }

  /** Keeps a passkey that answers the challenge of before; recovery codes when there were none. */
  async addPasskey(caller: Caller, name: string, response: object): Promise<string[]> {
    const owner = ownerOf(caller);
    const { challenge } = await this.parts.steps.read(stepOf(owner));
    // A challenge is for one try.
    await this.parts.steps.forget(stepOf(owner));
    const made =
      challenge === null
        ? undefined
        : await this.parts.passkeys.register(owner, challenge, JSON.stringify(response), caller.address, name);
    if (!made) throw new Refused('invalid', 'The passkey could not be checked. Start again.');
    return made.recoveryCodes;
  }

  /** Forgets a passkey. */
  async removePasskey(caller: Caller, id: string): Promise<void> {
    const { user } = ownerOf(caller);
    await this.remove(caller, 'passkey', (tx) =>
      tx.query('delete from passkey where user_id = $1 and credential_id = $2 returning 1', [user, id]),
    );
  }

  /** The secret for an authenticator app that is not confirmed yet. */
  async beginTotp(caller: Caller): Promise<{ secret: string; uri: string }> {
    const owner = ownerOf(caller);
    const label = (await this.parts.users.nameOf(owner.org, owner.user)) ?? owner.user;
    const begun = await this.parts.factors.beginTotp(owner, label);
    if (!begun) throw new Refused('conflict', 'You have an authenticator app already. Remove it first.');
    return begun;
  }

  /** Confirms the app; fresh recovery codes. */
  async confirmTotp(caller: Caller, code: string): Promise<string[]> {
    const owner = ownerOf(caller);
    let codes: string[] | undefined;
    await this.tried(caller, '/code', 'This code is not right. Check the time of your device.', async () => {
      codes = await this.parts.factors.confirmTotp(owner, code, caller.address);
      return codes !== undefined;
    });
    return codes ?? [];
  }

  /** Forgets the authenticator app. */
  async removeTotp(caller: Caller): Promise<void> {
    const { user } = ownerOf(caller);
    await this.remove(caller, 'totp', (tx) =>
      tx.query('delete from totp_factor where user_id = $1 and confirmed_at is not null returning 1', [user]),
    );
  }

  /** Fresh recovery codes; the older ones are void. */
  async newCodes(caller: Caller): Promise<string[]> {
    const owner = ownerOf(caller);
    const kinds = await this.parts.factors.kinds(owner.user);
    if (!kinds.includes('totp') && !kinds.includes('passkey'))
      throw new Refused('conflict', 'Recovery codes stand in for a second factor. Set one up first.');
    return this.store.transact(async (tx) => {
      await this.audited(tx, caller, 'factor.new-recovery-codes', {});
      return this.parts.factors.newCodes(tx, owner);
    });
  }

  private async remove(
    caller: Caller,
    factor: 'passkey' | 'totp',
    forget: (tx: Queryable) => Promise<unknown[]>,
  ): Promise<void> {
    const owner = ownerOf(caller);
    const policy = await this.parts.policies.secondFactor(owner.org);
    await this.store.transact(async (tx) => {
      // One after the other: two at once could each leave the other's factor as the last one.
      await tx.query('select 1 from account where user_id = $1 for update', [owner.user]);
      if ((await forget(tx)).length === 0) throw new Refused('not_found', 'There is no such factor.');
      const [left] = await tx.query<{ strong: boolean }>(
        `select exists (select from passkey where user_id = $1)
           or exists (select from totp_factor where user_id = $1 and confirmed_at is not null) as strong`,
        [owner.user],
      );
      if (!left?.strong && policy === 'required')
        throw new Refused('conflict', 'A second factor is required. Set up another one first.');
      if (!left?.strong) await tx.query('delete from recovery_code where user_id = $1', [owner.user]);
      await this.parts.notices.changed(tx, owner, 'factor_removed', { address: caller.address });
      await this.audited(tx, caller, 'factor.remove', { factor });
    });
  }

  /** Work on a password, when it is its turn. */
  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = await this.parts.passwords.turns.take(true, work);
    if (!turn) throw new Refused('too_many', 'Many people sign in right now. Try again in a few seconds.');
    return turn.done;
  }

  private async tried(caller: Caller, pointer: string, failure: string, check: () => Promise<boolean>): Promise<void> {
    const result = await this.parts.signIn.attemptFactor(ownerOf(caller), caller.address, check);
    if (result.kind === 'blocked')
      throw new Refused('too_many', `Too many attempts. Wait ${Math.ceil(result.retryAfter / 1000)} s.`);
    if (result.kind === 'refused') throw new Refused('invalid', failure, [{ pointer, code: 'wrong', detail: failure }]);
  }

  private audited(
    tx: Parameters<AuditTrail['within']>[0],
    caller: Caller,
    action: string,
    detail: Record<string, string | number>,
  ): Promise<void> {
    const target = { kind: 'user', id: caller.principal.id };
    return auditDeed(this.audit, tx, caller, { class: 'authentication', action, target, detail });
  }
}

const stepOf = ({ user }: Owner): string => `account:${user}`;

function ownerOf({ principal }: Caller): Owner {
  // A program that acts for a person has no session: it must never get at how they sign in.
  if (principal.kind !== 'user' || principal.session === undefined)
    throw new Refused('forbidden', 'Only people have an account of their own.');
  return { user: principal.id, org: principal.home ?? principal.org };
}
