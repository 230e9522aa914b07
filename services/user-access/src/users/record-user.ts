import { decideUser, evolveUser, nobody, type UserCommand } from '@quaywatch/domain/access';
import type { Decision } from '@quaywatch/kernel';
import type { Clock, StoreTransaction } from '@quaywatch/ports';
import { Refused } from '@quaywatch/runtime';
import { recordFacts } from '../record-facts';
import { applyUserFact } from './account-view';

/** Decides a command on a user and records its facts, in the log and in the view, within the transaction. */
export const recordUser = (
  tx: StoreTransaction,
  clock: Clock,
  org: string,
  user: string,
  command: UserCommand,
): Promise<Decision<void>> =>
  recordFacts(tx, clock, {
    stream: `user-${user}`,
    org,
    key: user,
    start: nobody,
    evolve: evolveUser,
    decide: (state) => decideUser(state, command),
    apply: applyUserFact,
  });

/** Changes of one organisation's users are made one after the other: rules that look at several users hold. */
export const lockOrganisation = (tx: StoreTransaction, org: string): Promise<unknown> =>
  tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`users of ${org}`]);

/** The decision's value; a refusal is thrown as `Refused`. */
export function unwrap<T>(decision: Decision<T>): T {
  if (!decision.ok) throw new Refused(decision.code, decision.reason);
  return decision.value;
}
