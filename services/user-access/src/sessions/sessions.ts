import type { Principal } from '@quaywatch/contracts';
import { hours, minutes } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import type { AuditTrail } from '@quaywatch/runtime';
import type { AccountRow } from '../users/account-view';

/** A signed-in session lives this long at most. */
export const absoluteLife = hours(8);
/** It ends after this long without a request. */
export const idleLife = minutes(30);
/** A session in which nobody has signed in yet (a sign-in under way). */
export const signInLife = minutes(15);
/** The last use is written down this often at most. */
const seenStep = minutes(1);

/** A live session, and who its user is now (null while a sign-in is under way, or when the user was disabled). */
export interface LiveSession {
  readonly data: Record<string, unknown>;
  readonly principal: Principal | null;
}

type SessionRow = { user_id: string | null; data: Record<string, unknown>; seen_at: number };

/** Server-side sessions of the gateway. Ids arrive hashed; what the cookie holds is never seen here. */
export class Sessions {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
  ) {}

  /** The session when it is alive; `use` counts as activity of the person. */
  async find(idHash: string, use: boolean): Promise<LiveSession | undefined> {
    const now = this.clock.now();
    return this.store.transact(async (tx) => {
      const [row] = await tx.query<SessionRow>(
        `select user_id, data, seen_at from portal_session where id_hash = $1
         and case when user_id is null then created_at > $2 else created_at > $3 and seen_at > $4 end`,
        [idHash, now - signInLife, now - absoluteLife, now - idleLife],
      );
      if (!row) return undefined;
      if (use && row.seen_at < now - seenStep)
        await tx.query('update portal_session set seen_at = $2 where id_hash = $1', [idHash, now]);
      if (row.user_id === null) return { data: row.data, principal: null };
      const [account] = await tx.query<AccountRow>(`select * from account where user_id = $1 and state = 'active'`, [
        row.user_id,
      ]);
      const principal: Principal | null = account
        ? { kind: 'user', id: account.user_id, org: account.org, roles: [...account.roles] }
        : null;
      return { data: row.data, principal };
    });
  }

  /** Keeps the session; its life begins with the first save, and its user cannot change afterwards. */
  async save(idHash: string, data: Record<string, unknown>, user: string | null): Promise<void> {
    const now = this.clock.now();
    await this.store.transact((tx) =>
      tx.query(
        `insert into portal_session (id_hash, user_id, data, created_at, seen_at) values ($1, $2, $3, $4, $4)
         on conflict (id_hash) do update set data = $3, seen_at = $4
         where portal_session.user_id is not distinct from $2`,
        [idHash, user, JSON.stringify(data), now],
      ),
    );
  }

  /** Ends a session. `signOut`: the person asked for it, so the provider's own session ends too. */
  async end(idHash: string, signOut: boolean, address: string | null): Promise<void> {
    await this.store.transact(async (tx) => {
      const [row] = await tx.query<SessionRow>(
        'delete from portal_session where id_hash = $1 returning user_id, data',
        [idHash],
      );
      if (!row || !signOut || row.user_id === null) return;
      const providerSession = row.data['providerSession'];
      if (typeof providerSession === 'string') {
        await tx.query(`delete from oidc_record where model = 'Session' and uid = $1`, [providerSession]);
      }
      const [account] = await tx.query<{ org: string }>('select org from account where user_id = $1', [row.user_id]);
      await this.audit.within(tx, {
        org: account?.org ?? 'platform',
        class: 'authentication',
        actor: { kind: 'user', id: row.user_id },
        action: 'sign-out',
        target: { kind: 'user', id: row.user_id },
        outcome: 'success',
        address,
      });
    });
  }

  /** Removes sessions that can never be used again. */
  async purge(): Promise<void> {
    const now = this.clock.now();
    await this.store.transact((tx) =>
      tx.query(
        'delete from portal_session where created_at <= $1 or (user_id is null and created_at <= $2) or seen_at <= $3',
        [now - absoluteLife, now - signInLife, now - idleLife],
      ),
    );
  }
}
