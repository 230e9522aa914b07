import type { Principal } from '@quaywatch/contracts';
import { hours, makeId, minutes } from '@quaywatch/kernel';
import type { Clock, Queryable, ViewStore } from '@quaywatch/ports';
import type { AuditTrail } from '@quaywatch/runtime';
import { actingFor, rolesNow } from '../authority/principal-now';
import { noteSignOut } from '../oidc/sign-out-calls';
import { deviceOf, type Devices } from './devices';
import { auditDeed, type Caller } from '../caller';
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

/** A session as its person sees it. */
export interface SessionDocument {
  readonly id: string;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** Ends the sessions of a person (but `except`) here and at the provider, tokens included; the number of those here. */
export async function endSessionsOf(
  tx: Queryable,
  clock: Clock,
  user: string,
  org?: string,
  except?: string,
): Promise<number> {
  await noteSignOut(tx, clock, user);
  const rows = await tx.query(
    `delete from portal_session where user_id = $1 and ($2::text is null or org = $2)
     and ($3::text is null or session is distinct from $3) returning 1`,
    [user, org ?? null, except ?? null],
  );
  await tx.query(`delete from oidc_record where payload->>'accountId' = $1 and model <> 'Interaction'`, [user]);
  return rows.length;
}

type SessionRow = {
  user_id: string | null;
  session: string;
  data: Record<string, unknown>;
  seen_at: number;
  acting_org: string | null;
};

/** Server-side sessions of the gateway. Ids arrive hashed; what the cookie holds is never seen here. */
export class Sessions {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    private readonly devices: Devices,
  ) {}

  /** The session when it is alive; `use` counts as activity of the person. */
  async find(idHash: string, use: boolean): Promise<LiveSession | undefined> {
    const now = this.clock.now();
    return this.store.transact(async (tx) => {
      // Session and account in one query: every request of every person waits for this.
      const [row] = await tx.query<SessionRow & { account: Pick<AccountRow, 'org' | 'roles'> | null }>(
        `select s.user_id, s.session, s.data, s.seen_at, s.acting_org, case when a.user_id is not null
           then jsonb_build_object('org', a.org, 'roles', a.roles) end as account
         from portal_session s left join account a on a.user_id = s.user_id and a.state = 'active'
         where s.id_hash = $1
         and case when s.user_id is null then s.created_at > $2 else s.created_at > $3 and s.seen_at > $4 end`,
        [idHash, now - signInLife, now - absoluteLife, now - idleLife],
      );
      if (!row) return undefined;
      if (use && row.seen_at < now - seenStep)
        await tx.query('update portal_session set seen_at = $2 where id_hash = $1', [idHash, now]);
      const { account, user_id: id } = row;
      if (!account || id === null) return { data: row.data, principal: null };
      const roles = await rolesNow(tx, account.org, account.roles, now);
      const person: Principal = { kind: 'user', id, org: account.org, roles, session: row.session };
      // When they are let in no more, they are back at their own organisation.
      const acting = row.acting_org === null ? undefined : await actingFor(tx, person, row.acting_org, now);
      return { data: row.data, principal: acting ?? person };
    });
  }

  /** Keeps the session; its life begins with the first save, and its user cannot change afterwards. */
  async save(idHash: string, data: Record<string, unknown>, user: string | null): Promise<void> {
    const now = this.clock.now();
    await this.store.transact(async (tx) => {
      const [before] = await tx.query<{ known: boolean }>(
        `select data ? 'device' as known from portal_session where id_hash = $1`,
        [idHash],
      );
      const [row] = await tx.query<{ org: string | null }>(
        `insert into portal_session (id_hash, user_id, data, created_at, seen_at, session, org)
         values ($1, $2, $3, $4, $4, $5, (select org from account where user_id = $2))
         on conflict (id_hash) do update set data = $3, seen_at = $4
         where portal_session.user_id is not distinct from $2 returning org`,
        [idHash, user, JSON.stringify(data), now, makeId('session', now, this.clock.random(16))],
      );
      // The gateway saves a new session first, and a moment later what it knows of the device.
      if (user !== null && row?.org && data['device'] && !before?.known)
        await this.devices.seen(tx, { user, org: row.org }, deviceOf(data));
    });
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
        await noteSignOut(tx, this.clock, row.user_id, providerSession);
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

  /** Where a person of `org` is signed in, newest first. */
  async list(org: string, user: string): Promise<SessionDocument[]> {
    const now = this.clock.now();
    const rows = await this.store.readAs(org, (q) =>
      q.query<{ session: string; data: Record<string, unknown>; created_at: number; seen_at: number }>(
        `select session, data, created_at, seen_at from portal_session
         where org = $1 and user_id = $2 and created_at > $3 and seen_at > $4 order by created_at desc limit 100`,
        [org, user, now - absoluteLife, now - idleLife],
      ),
    );
    return rows.map(({ session, data, created_at: createdAt, seen_at: seenAt }) => ({
      id: session,
      createdAt,
      seenAt,
      ...deviceOf(data),
    }));
  }

  /** Ends every session of a person of the caller's organisation; their number. */
  endAll(caller: Caller, user: string): Promise<number> {
    return this.store.transact(async (tx) => {
      const ended = await endSessionsOf(tx, this.clock, user, caller.principal.org);
      await this.audited(tx, caller, 'user.end-sessions', user, ended);
      return ended;
    });
  }

  /** Ends one of the caller's own sessions; 0 when it is not theirs. */
  endOne(caller: Caller, session: string): Promise<number> {
    const { id } = caller.principal;
    const org = caller.principal.home ?? caller.principal.org;
    if (caller.principal.session === undefined) return Promise.resolve(0);
    return this.store.transact(async (tx) => {
      const rows = await tx.query(
        'delete from portal_session where session = $1 and user_id = $2 and org = $3 returning 1',
        [session, id, org],
      );
      if (rows.length > 0) await this.audited(tx, caller, 'session.end', id, rows.length);
      return rows.length;
    });
  }

  private audited(
    tx: Parameters<AuditTrail['within']>[0],
    caller: Caller,
    action: string,
    user: string,
    ended: number,
  ): Promise<void> {
    return auditDeed(this.audit, tx, caller, { action, target: { kind: 'user', id: user }, detail: { ended } });
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
