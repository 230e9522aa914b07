import { eventCatalogue } from '@quaywatch/contracts';
import { decideUser, evolveUser, nobody, type UserCommand } from '@quaywatch/domain/access';
import { accept, Fault, makeId, type Decision } from '@quaywatch/kernel';
import type { Clock, NewFact, StoreTransaction } from '@quaywatch/ports';
import { Refused } from '@quaywatch/runtime';
import { applyUserFact } from './account-view';

/** Decides a command on a user and records its facts, in the log and in the view, within the transaction. */
export async function recordUser(
  tx: StoreTransaction,
  clock: Clock,
  org: string,
  user: string,
  command: UserCommand,
): Promise<Decision<void>> {
  const stream = `user-${user}`;
  const past = await tx.facts.read(stream);
  const decision = decideUser(past.reduce(evolveUser, nobody), command);
  if (!decision.ok) return decision;
  if (decision.value.length === 0) return accept(undefined);
  const revision = past.at(-1)?.revision ?? 0;
  const facts: NewFact[] = decision.value.map(({ type, data }) => ({
    id: makeId('event', clock.now(), clock.random(16)),
    type,
    v: eventCatalogue.get(type)?.versions.length ?? 1,
    org,
    key: user,
    time: clock.now(),
    data,
  }));
  const outcome = await tx.facts.append(stream, revision, facts);
  if (outcome.kind === 'conflict')
    throw new Fault('USER_CHANGED', `${stream} was changed at the same time`, { retryable: true });
  for (const [i, fact] of facts.entries())
    await applyUserFact(tx, { ...fact, source: 'user-access', revision: revision + 1 + i });
  return accept(undefined);
}

/** Changes of one organisation's users are made one after the other: rules that look at several users hold. */
export const lockOrganisation = (tx: StoreTransaction, org: string): Promise<unknown> =>
  tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`users of ${org}`]);

/** The decision's value; a refusal is thrown as `Refused`. */
export function unwrap<T>(decision: Decision<T>): T {
  if (!decision.ok) throw new Refused(decision.code, decision.reason);
  return decision.value;
}
