import { eventCatalogue, type EventEnvelope, type Principal } from '@quaywatch/contracts';
import { Fault, makeId, type Decision, type IdKind } from '@quaywatch/kernel';
import type { Clock, NewFact, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail, type NewAudit } from '@quaywatch/runtime';

/** Who asks, and from which network address. */
export interface Caller {
  readonly principal: Principal;
  readonly address: string | null;
}

/** A fact to append, and the stream and key it belongs to. */
export interface Said {
  readonly stream: string;
  readonly key: string;
  readonly fact: { readonly type: string; readonly data: object };
}

/** Changes that people make: decision on the facts, new facts, rows and audit entry in one transaction; then the view is waited for. */
export class BookCommands {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
  ) {}

  now(): number {
    return this.clock.now();
  }

  newId(kind: IdKind): string {
    return makeId(kind, this.clock.now(), this.clock.random(16));
  }

  /** Decides and records; changes of one organisation are made one after the other. */
  async change(
    { principal, address }: Caller,
    action: string,
    target: NewAudit['target'],
    decide: (tx: StoreTransaction) => Promise<Decision<Said[]>>,
  ): Promise<void> {
    const { org } = principal;
    const written = await this.store.transact(async (tx) => {
      await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`book of ${org}`]);
      const decision = await decide(tx);
      if (!decision.ok) throw new Refused(decision.code, decision.reason);
      const revisions = new Map<string, number>();
      for (const { stream, key, fact } of decision.value) {
        const expected = revisions.get(stream) ?? (await tx.facts.read(stream)).length;
        const at = this.clock.now();
        const v = eventCatalogue.get(fact.type)?.versions.length ?? 1;
        const event: NewFact = { id: this.newId('event'), type: fact.type, v, org, key, time: at, data: fact.data };
        const outcome = await tx.facts.append(stream, expected, [event]);
        if (outcome.kind === 'conflict')
          throw new Fault('BOOK_CHANGED', `${stream} was changed at the same time`, { retryable: true });
        revisions.set(stream, outcome.revision);
      }
      await this.audit.within(tx, {
        org,
        class: 'configuration',
        actor: { kind: principal.kind, id: principal.id },
        action,
        target,
        outcome: 'success',
        address,
      });
      return revisions;
    });
    await this.shown(written);
  }

  /** Waits until the view shows it, 2 s at most: the change itself is durable already. */
  private async shown(written: ReadonlyMap<string, number>): Promise<void> {
    const streams = [...written.keys()];
    const until = this.clock.now() + 2000;
    for (;;) {
      const rows = await this.store.transact((tx) =>
        tx.query<{ stream: string; revision: number }>(
          'select stream, revision from book_revision where stream = any($1)',
          [streams],
        ),
      );
      const seen = new Map(rows.map(({ stream, revision }) => [stream, revision]));
      if (streams.every((stream) => (seen.get(stream) ?? 0) >= (written.get(stream) ?? 0))) return;
      if (this.clock.now() >= until) return;
      await new Promise<void>((resolve) => this.clock.after(15, resolve));
    }
  }
}

/** Facts of a stream, only when they are the organisation's. */
export async function factsOf(tx: StoreTransaction, stream: string, org: string): Promise<readonly EventEnvelope[]> {
  const facts = await tx.facts.read(stream);
  return facts[0]?.org === org ? facts : [];
}
