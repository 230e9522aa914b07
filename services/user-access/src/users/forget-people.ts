import { days, type Instant } from '@quaywatch/kernel';
import type { Clock, Queryable, ViewStore } from '@quaywatch/ports';
import type { AuditTrail } from '@quaywatch/runtime';

/** Everything that says who a person is, or from where they came; facts and audit entries know their id only. */
const personal = [
  ...['person', 'external_identity', 'notice', 'notice_mail', 'known_device', 'one_time_link', 'portal_session'],
  ...['scim_user', 'scim_member', 'known_address', 'totp_factor', 'recovery_code', 'passkey'],
] as const;

/** Forgets who a person is: their id stays, and names nobody. */
export async function forgetPerson(tx: Queryable, user: string): Promise<void> {
  for (const table of personal) await tx.query(`delete from ${table} where user_id = $1`, [user]);
}

/** Most people that are looked at in one turn. */
const batch = 50;

/** Retention: people who were shut out long enough ago are forgotten. */
export class ForgetPeople {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    /** 0 = never. */
    private readonly after: number,
  ) {}

  /** Forgets those whose time is over; how many. */
  async turn(): Promise<number> {
    if (this.after === 0) return 0;
    const before = this.clock.now() - days(this.after);
    const rows = await this.store.transact((tx) =>
      tx.query<{ org: string; user_id: string }>(
        `select a.org, a.user_id from account a join person p using (user_id)
         where a.state = 'disabled' order by a.user_id limit 1000`,
      ),
    );
    let forgotten = 0;
    for (const { org, user_id: user } of rows) {
      if (forgotten === batch) break;
      if (await this.forget(org, user, before)) forgotten++;
    }
    return forgotten;
  }

  private forget(org: string, user: string, before: Instant): Promise<boolean> {
    return this.store.transact(async (tx) => {
      const last = (await tx.facts.read(`user-${user}`)).at(-1);
      if (last?.type !== 'user-disabled' || last.time > before) return false;
      await forgetPerson(tx, user);
      await this.audit.within(tx, {
        org,
        class: 'privileged',
        actor: { kind: 'service', id: 'user-access' },
        action: 'user.erase',
        target: { kind: 'user', id: user },
        outcome: 'success',
        reason: `shut out for ${this.after} days`,
      });
      return true;
    });
  }
}
