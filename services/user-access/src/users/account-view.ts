import type { EventEnvelope } from '@quaywatch/contracts';
import { evolveUser, nobody, type User } from '@quaywatch/domain/access';
import type { Queryable } from '@quaywatch/ports';

/** A row of the view `account`. */
export interface AccountRow extends Record<string, unknown> {
  org: string;
  user_id: string;
  revision: number;
  state: User['state'];
  invited_until: number | null;
  roles: User['roles'];
}

/** The user that a row tells of. */
export const userOf = (row: AccountRow | undefined): User =>
  row ? { state: row.state, invitedUntil: row.invited_until, roles: row.roles } : nobody;

/**
 * Puts a fact of a user's stream into the view, if it is the next one. Commands apply their facts in their own
 * transaction (so that a caller sees what it did), and the consumer brings every fact once more: what is in the view
 * already changes nothing, and while the view is being rebuilt a command's fact waits for those before it.
 */
export async function applyUserFact(tx: Queryable, fact: EventEnvelope): Promise<void> {
  const revision = fact.revision ?? 0;
  const [row] = await tx.query<AccountRow>('select * from account where user_id = $1 for update', [fact.key]);
  if (revision !== (row?.revision ?? 0) + 1) return;
  const user = evolveUser(userOf(row), fact);
  await tx.query(
    `insert into account (org, user_id, revision, state, invited_until, roles) values ($1, $2, $3, $4, $5, $6)
     on conflict (user_id) do update set revision = $3, state = $4, invited_until = $5, roles = $6`,
    [fact.org, fact.key, revision, user.state, user.invitedUntil, JSON.stringify(user.roles)],
  );
}
