import { isAdministrator, type RoleGrant, type UserCommand } from '@quaywatch/domain/access';
import type { Clock, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import { auditDeed, type Caller } from '../caller';
import { endSessionsOf } from '../sessions/sessions';
import type { AccountRow } from './account-view';
import { lockOrganisation, recordUser, unwrap } from './record-user';
import { describeGrant } from './users';

/** Changes to people of the caller's organisation: roles, shutting out, letting in. Refuses by throwing `Refused`. */
export class UserAdministration {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
  ) {}

  /** Gives a role; with `until`, for a time. `by`: how it came to this, when not by somebody's plain decision. */
  grant(caller: Caller, user: string, grant: RoleGrant, by?: 'break-glass'): Promise<void> {
    const detail = { role: describeGrant(grant), until: grant.until ?? null, ...(by ? { by } : {}) };
    return this.change(caller, user, 'user.grant-role', detail, (administrators) => ({
      kind: 'grant',
      user,
      by: caller.principal.id,
      grant,
      now: this.clock.now(),
      administrators,
    }));
  }

  /** Takes a role away. */
  revoke(caller: Caller, user: string, grant: RoleGrant): Promise<void> {
    return this.change(caller, user, 'user.revoke-role', { role: describeGrant(grant) }, (administrators) => ({
      kind: 'revoke',
      user,
      by: caller.principal.id,
      grant,
      administrators,
    }));
  }

  /** Shuts a person out and ends their sessions. */
  disable(caller: Caller, user: string, reason: string): Promise<void> {
    return this.change(
      caller,
      user,
      'user.disable',
      { reason },
      (administrators) => ({ kind: 'disable', user, by: caller.principal.id, reason, administrators }),
      (tx) => endSessionsOf(tx, this.clock, user),
    );
  }

  /** Lets a person in again who was shut out. */
  enable(caller: Caller, user: string): Promise<void> {
    return this.change(caller, user, 'user.enable', {}, () => ({ kind: 'enable', user, by: caller.principal.id }));
  }

  private change(
    caller: Caller,
    user: string,
    action: string,
    detail: Record<string, string | number | null>,
    command: (otherAdministrators: number) => UserCommand,
    also?: (tx: StoreTransaction) => Promise<unknown>,
  ): Promise<void> {
    const { org } = caller.principal;
    return this.store.transact(async (tx) => {
      await lockOrganisation(tx, org);
      const accounts = await tx.query<AccountRow>(
        `select * from account where org = $1 and (user_id = $2 or state = 'active')`,
        [org, user],
      );
      // Somebody of another organisation is to the caller as if they did not exist.
      if (!accounts.some(({ user_id }) => user_id === user)) throw new Refused('not_found', 'There is no such user.');
      const others = accounts.filter(({ user_id, roles }) => user_id !== user && isAdministrator(roles)).length;
      unwrap(await recordUser(tx, this.clock, org, user, command(others)));
      await also?.(tx);
      await auditDeed(this.audit, tx, caller, { action, target: { kind: 'user', id: user }, detail });
    });
  }
}
