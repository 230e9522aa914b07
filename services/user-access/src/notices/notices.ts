import { makeId, type Instant } from '@quaywatch/kernel';
import type { Clock, Queryable } from '@quaywatch/ports';

/** What people are told of their account. */
export type NoticeKind =
  'new_device' | 'password_changed' | 'factor_added' | 'factor_removed' | 'recovery_code_used' | 'break_glass';

/** Where it came from, as far as that is known. */
export interface NoticeOrigin {
  readonly address: string | null;
  readonly userAgent?: string | null;
}

/** Tells people what happens to their account: in the portal until they have read it, and by mail where there is a server for it. */
export class Notices {
  constructor(
    private readonly clock: Clock,
    private readonly mails: boolean,
  ) {}

  /** Writes a notice in the transaction of what it is about. */
  async tell(
    tx: Queryable,
    { user, org }: { readonly user: string; readonly org: string },
    kind: NoticeKind,
    { address, userAgent = null }: NoticeOrigin,
    now: Instant = this.clock.now(),
  ): Promise<void> {
    const row = [org, makeId('notice', now, this.clock.random(16)), user, kind, now, address, userAgent];
    await tx.query(
      `insert into notice (org, id, user_id, kind, at, address, user_agent) values ($1, $2, $3, $4, $5, $6, $7)`,
      row,
    );
    if (this.mails)
      await tx.query(
        `insert into notice_mail (org, id, user_id, kind, at, address, user_agent, next_at)
         values ($1, $2, $3, $4, $5, $6, $7, $5)`,
        row,
      );
  }

  /** A change of how somebody signs in. One who has not been here yet is setting their account up: no news for them. */
  async changed(
    tx: Queryable,
    owner: { readonly user: string; readonly org: string },
    kind: Exclude<NoticeKind, 'new_device' | 'break_glass'>,
    origin: NoticeOrigin,
  ): Promise<void> {
    const been = await tx.query('select 1 from known_device where user_id = $1 limit 1', [owner.user]);
    if (been.length > 0) await this.tell(tx, owner, kind, origin);
  }
}
