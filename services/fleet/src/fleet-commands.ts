import { eventCatalogue, type DataOf, type events, type Principal } from '@quaywatch/contracts';
import {
  assignSpreader,
  bindBtu,
  btuOf,
  createCrane,
  createSpreader,
  createTerminal,
  placeAt,
  placeOfFact,
  spreaderOf,
  type FleetFact,
  type Thing,
} from '@quaywatch/domain/fleet';
import { Fault, makeId, type Decision, type IdKind, type Instant } from '@quaywatch/kernel';
import type { Clock, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail, type NewAudit } from '@quaywatch/runtime';
import { isTimeZone } from './is-time-zone';
import { waitForView, type Written } from './wait-for-view';

/** Who asks, and from which network address. */
export interface Caller {
  readonly principal: Principal;
  readonly address: string | null;
}

type New<E extends keyof typeof events, Id extends string> = Omit<DataOf<(typeof events)[E]>, Id>;

/** What a terminal is called that the caller may change: a refusal when they may not. */
type MayWrite = (terminal: string | null) => boolean;

/** Changes of the fleet. Each is one transaction: decision on the facts, new facts, audit entry; then a wait for the view. */
export class FleetCommands {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
  ) {}

  async createTerminal(caller: Caller, data: New<'terminalCreated', 'terminal'>): Promise<{ id: string }> {
    const terminal = this.newId('terminal');
    return this.change(caller, 'terminal.create', { kind: 'terminal', id: terminal }, async (tx) => {
      const nameTaken = !(await claim(tx, caller.principal.org, 'terminal-name', data.name, terminal));
      return createTerminal({ nameTaken, zoneKnown: isTimeZone(data.timeZone) }, { terminal, ...data });
    });
  }

  async createCrane(caller: Caller, data: New<'craneCreated', 'crane'>): Promise<{ id: string }> {
    const crane = this.newId('crane');
    const { org } = caller.principal;
    return this.change(caller, 'crane.create', { kind: 'crane', id: crane }, async (tx) => {
      const terminalKnown = (await orgOf(tx, `terminal-${data.terminal}`)) === org;
      const numberTaken = !(await claim(tx, org, 'crane-number', data.number, crane));
      return createCrane({ terminalKnown, numberTaken }, { crane, ...data });
    });
  }

  async createSpreader(caller: Caller, data: New<'spreaderCreated', 'spreader'>): Promise<{ id: string }> {
    const spreader = this.newId('spreader');
    const { org } = caller.principal;
    return this.change(caller, 'spreader.create', { kind: 'spreader', id: spreader }, async (tx) => {
      const terminalKnown = (await orgOf(tx, `terminal-${data.terminal}`)) === org;
      const numberTaken = !(await claim(tx, org, 'spreader-number', data.number, spreader));
      const serialTaken = !(await claim(tx, org, 'spreader-serial', data.serial, spreader));
      return createSpreader({ terminalKnown, numberTaken, serialTaken }, { spreader, ...data });
    });
  }

  /** Hangs a spreader under a crane from `from` (now when not given) on; `may` decides on the terminals concerned. */
  async assignSpreader(
    caller: Caller,
    spreader: string,
    crane: string | null,
    from: Instant | undefined,
    may: MayWrite,
  ): Promise<{ id: string }> {
    const { org } = caller.principal;
    const now = this.clock.now();
    return this.change(caller, 'spreader.assign', { kind: 'spreader', id: spreader }, async (tx) => {
      const facts = await tx.facts.read(`spreader-${spreader}`);
      const craneFact = crane === null ? undefined : (await tx.facts.read(`crane-${crane}`))[0];
      mustReach(may, terminalOfFact(facts[0]), 'There is no such spreader.');
      if (craneFact) mustReach(may, terminalOfFact(craneFact), 'There is no such crane.');
      const others = await this.visitors(tx, org, crane, spreader, 'spreader');
      const command = { org, place: crane, from: from ?? now, now };
      return assignSpreader(spreaderOf(spreader, facts), craneFact?.org ?? null, others, command);
    });
  }

  /** Binds a BTU to a spreader from `from` (now when not given) on. */
  async bindBtu(
    caller: Caller,
    spreader: string,
    btu: string,
    from: Instant | undefined,
    may: MayWrite,
  ): Promise<{ id: string }> {
    const { org } = caller.principal;
    const now = this.clock.now();
    return this.change(caller, 'btu.bind', { kind: 'spreader', id: spreader }, async (tx) => {
      const spreaderFact = (await tx.facts.read(`spreader-${spreader}`))[0];
      mustReach(may, terminalOfFact(spreaderFact), 'There is no such spreader.');
      const unit = btuOf(btu, await tx.facts.read(`btu-${btu}`));
      const until = placeAt(unit.history, from ?? now);
      if (until !== null)
        mustReach(may, terminalOfFact((await tx.facts.read(`spreader-${until}`))[0]), 'There is no such unit.');
      const others = await this.visitors(tx, org, spreader, btu, 'btu');
      return bindBtu(unit, spreaderFact?.org ?? null, others, { org, place: spreader, from: from ?? now, now });
    });
  }

  /** Makes the organisation at the first start; later it is there already. */
  async ensureOrganisation(organisation: string, name: string): Promise<void> {
    const fact: FleetFact = { type: 'organisation-created', data: { organisation, name } };
    await this.store.transact(async (tx) => {
      if ((await tx.facts.read(`organisation-${organisation}`)).length > 0) return;
      // Another instance may be first between the two: then this append is a conflict and stores nothing.
      const outcome = await tx.facts.append(`organisation-${organisation}`, 0, [this.envelope(organisation, fact)]);
      if (outcome.kind === 'conflict') return;
      await this.audit.within(tx, {
        org: organisation,
        class: 'system',
        actor: { kind: 'service', id: 'fleet' },
        action: 'organisation.create',
        target: { kind: 'organisation', id: organisation },
        outcome: 'success',
      });
    });
  }

  private async change(
    caller: Caller,
    action: string,
    target: NewAudit['target'],
    decide: (tx: StoreTransaction) => Promise<Decision<FleetFact[]>>,
  ): Promise<{ id: string }> {
    const { org } = caller.principal;
    const written = await this.store.transact(async (tx) => {
      // Rules that look at several things hold because changes of one organisation are made one after the other.
      await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`fleet of ${org}`]);
      const decision = await decide(tx);
      if (!decision.ok) throw new Refused(decision.code, decision.reason);
      const revisions = await this.append(tx, org, decision.value);
      await this.audit.within(tx, {
        org,
        class: 'configuration',
        actor: { kind: caller.principal.kind, id: caller.principal.id },
        action,
        target,
        outcome: 'success',
        address: caller.address,
        detail: { changes: decision.value.length },
      });
      return revisions;
    });
    await waitForView(this.store, this.clock, written);
    return { id: target.id };
  }

  private async append(tx: StoreTransaction, org: string, facts: readonly FleetFact[]): Promise<Written> {
    const written = new Map<string, number>();
    for (const fact of facts) {
      const { stream, key } = placeOfFact(fact);
      const expected = written.get(stream) ?? (await tx.facts.read(stream)).length;
      const outcome = await tx.facts.append(stream, expected, [this.envelope(org, fact)]);
      if (outcome.kind === 'conflict')
        throw new Fault('FLEET_CHANGED', `${stream} was changed at the same time`, { retryable: true });
      written.set(stream, outcome.revision);
      const place = placeIn(fact);
      if (place) {
        await tx.query('insert into visitor (org, place, thing) values ($1, $2, $3) on conflict do nothing', [
          org,
          place,
          key,
        ]);
      }
    }
    return written;
  }

  private async visitors(
    tx: StoreTransaction,
    org: string,
    place: string | null,
    but: string,
    kind: 'spreader' | 'btu',
  ): Promise<Thing[]> {
    if (place === null) return [];
    const rows = await tx.query<{ thing: string }>(
      'select thing from visitor where org = $1 and place = $2 and thing <> $3 order by thing',
      [org, place, but],
    );
    const things: Thing[] = [];
    for (const { thing } of rows) {
      const facts = await tx.facts.read(`${kind}-${thing}`);
      things.push(kind === 'spreader' ? spreaderOf(thing, facts) : btuOf(thing, facts));
    }
    return things;
  }

  private envelope(org: string, fact: FleetFact) {
    const now = this.clock.now();
    const { key } = placeOfFact(fact);
    const v = eventCatalogue.get(fact.type)?.versions.length ?? 1;
    return { id: this.newId('event'), type: fact.type, v, org, key, time: now, data: fact.data };
  }

  private newId = (kind: IdKind): string => makeId(kind, this.clock.now(), this.clock.random(16));
}

/** Takes a value for its holder; false when another has it. */
async function claim(tx: StoreTransaction, org: string, kind: string, value: string, holder: string): Promise<boolean> {
  const rows = await tx.query(
    'insert into claim (org, kind, value, holder) values ($1, $2, $3, $4) on conflict do nothing returning 1',
    [org, kind, value.trim().normalize('NFC').toLowerCase(), holder],
  );
  return rows.length > 0;
}

const orgOf = async (tx: StoreTransaction, stream: string): Promise<string | undefined> =>
  (await tx.facts.read(stream))[0]?.org;

const terminalOfFact = (fact: { data: unknown } | undefined): string | null =>
  (fact?.data as { terminal?: string } | undefined)?.terminal ?? null;

const placeIn = (fact: FleetFact): string | null =>
  fact.type === 'spreader-assigned' ? fact.data.crane : fact.type === 'btu-bound' ? fact.data.spreader : null;

function mustReach(may: MayWrite, terminal: string | null, reason: string): void {
  // What lies outside the caller's terminals is to them as if it did not exist.
  if (!may(terminal)) throw new Refused('not_found', reason);
}
