import { eventCatalogue, type EventEnvelope } from '@quaywatch/contracts';
import { accept, Fault, makeId, type Decision } from '@quaywatch/kernel';
import type { Clock, NewFact, Queryable, StoreTransaction } from '@quaywatch/ports';

/** One thing whose life is told by facts: its stream, who may change it, and what is done with a new fact. */
export interface Recorded<State, Fact extends { readonly type: string; readonly data: object }> {
  readonly stream: string;
  readonly org: string;
  /** Key of its facts in the log. */
  readonly key: string;
  readonly start: State;
  readonly evolve: (state: State, fact: { readonly type: string; readonly data: unknown }) => State;
  readonly decide: (state: State) => Decision<Fact[]>;
  /** Puts a fact into the view, in the same transaction, so that the caller sees what it did. */
  readonly apply: (tx: Queryable, fact: EventEnvelope) => Promise<void>;
}

/** Decides on the thing as its facts tell it and records the facts, of the catalogue's newest version, in log and view. */
export async function recordFacts<State, Fact extends { readonly type: string; readonly data: object }>(
  tx: StoreTransaction,
  clock: Clock,
  { stream, org, key, start, evolve, decide, apply }: Recorded<State, Fact>,
): Promise<Decision<void>> {
  const past = await tx.facts.read(stream);
  const decision = decide(past.reduce<State>(evolve, start));
  if (!decision.ok) return decision;
  if (decision.value.length === 0) return accept(undefined);
  const revision = past.at(-1)?.revision ?? 0;
  const facts: NewFact[] = decision.value.map(({ type, data }) => ({
    id: makeId('event', clock.now(), clock.random(16)),
    type,
    v: eventCatalogue.get(type)?.versions.length ?? 1,
    org,
    key,
    time: clock.now(),
    data,
  }));
  const outcome = await tx.facts.append(stream, revision, facts);
  if (outcome.kind === 'conflict')
    throw new Fault('CHANGED_MEANWHILE', `${stream} was changed at the same time`, { retryable: true });
  for (const [i, fact] of facts.entries())
    await apply(tx, { ...fact, source: 'user-access', revision: revision + 1 + i });
  return accept(undefined);
}
