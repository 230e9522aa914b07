import type { FirmwareOffer, FirmwareReport } from '@quaywatch/contracts';
import {
  openNextGroup,
  reportProgress,
  rolloutOf,
  startRollout,
  stopRollout,
  tickRollout,
  type Rollout,
  type RolloutFact,
} from '@quaywatch/domain/telemetry';
import { makeId, type Decision, type Duration } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import { appendFacts, decideAgain } from '../devices/append-facts';
import type { Device } from '../devices/registry';
import type { Actor } from '../pki/authorities';

/** What the desk works with. */
export interface RolloutParts {
  readonly store: ViewStore;
  readonly clock: Clock;
  readonly audit: AuditTrail;
}

/** What somebody wants rolled out. */
export interface RolloutOrder {
  readonly firmware: string;
  readonly devices: readonly string[];
  readonly percentages: readonly number[];
  readonly failurePercent: number;
  readonly soakFor: Duration;
  readonly confirmFor: Duration;
}

const streamOf = (rollout: string): string => `rollout-${rollout}`;

/** Takes roll-outs from their start to their end. Every step is a fact, and audited. */
export class RolloutDesk {
  constructor(private readonly parts: RolloutParts) {}

  /** Starts a roll-out; its id. `not_found` without such a firmware. */
  async start(actor: Actor, { firmware, ...order }: RolloutOrder): Promise<string> {
    const { store, clock } = this.parts;
    const [found] = await store.transact((tx) =>
      tx.query<{ version: string }>('select version from firmware where org = $1 and id = $2', [actor.org, firmware]),
    );
    if (!found) throw new Refused('not_found', `There is no firmware ${firmware}.`);
    const rollout = makeId('rollout', clock.now(), clock.random(10));
    const decision = startRollout({ ...order, rollout, firmware, version: found.version, by: actor.id });
    await this.change(actor, rollout, () => taken(decision));
    return rollout;
  }

  /** Opens the next group at once. */
  async advance(actor: Actor, rollout: string): Promise<void> {
    await this.change(actor, rollout, (state) => taken(openNextGroup(needed(state, rollout), actor.id)));
  }

  /** Stops a roll-out. */
  async stop(actor: Actor, rollout: string, reason: string): Promise<void> {
    await this.change(actor, rollout, (state) => taken(stopRollout(needed(state, rollout), reason, actor.id)));
  }

  /** What a device is to have now; undefined = nothing. */
  async offer({ org, btu }: Device, firmware?: string): Promise<(FirmwareOffer & { size: number }) | undefined> {
    const [row] = await this.parts.store.transact((tx) =>
      tx.query<{ rollout: string; firmware: string; manifest: string; signature: string; size: string }>(
        `select r.id as rollout, f.id as firmware, f.manifest, f.signature, f.size
         from rollout_device d join rollout r on r.id = d.rollout join firmware f on f.id = r.firmware
         where d.btu = $1 and d.org = $2 and r.org = $2 and f.org = $2 and r.state = 'running'
           and d.group_no < r.open_groups and coalesce(d.step, '') not in ('confirmed', 'failed', 'rolled_back')
           and ($3::text is null or f.id = $3)
         order by r.started_at desc, r.id desc limit 1`,
        [btu, org, firmware ?? null],
      ),
    );
    return row && { v: 1, ...row, size: Number(row.size) };
  }

  /** Takes what a device tells of its update; what it has no part in changes nothing. */
  async report({ org, btu }: Device, { rollout, step, detail }: FirmwareReport): Promise<void> {
    const actor: Actor = { org, kind: 'device', id: btu, address: null };
    await this.change(actor, rollout, (state, now) => reportProgress(state, { rollout, btu, step, detail }, now));
  }

  /** Does what is due by time alone. */
  async tick(): Promise<void> {
    const now = this.parts.clock.now();
    const due = await this.parts.store.transact((tx) =>
      tx.query<{ id: string; org: string }>(
        `select r.id, r.org from rollout r where r.state = 'running' and (
           (r.open_groups < r.groups and r.opened_at + r.soak_for <= $1)
           or exists (select from rollout_device d where d.rollout = r.id and d.step = 'installing'
                        and d.at + r.confirm_for <= $1)) limit 100`,
        [now],
      ),
    );
    for (const { id, org } of due) {
      const actor: Actor = { org, kind: 'service', id: 'ingest', address: null };
      await this.change(actor, id, (state, at) => (state ? tickRollout(state, at) : []));
    }
  }

  private change(
    actor: Actor,
    rollout: string,
    decide: (state: Rollout | undefined, now: number) => RolloutFact[],
  ): Promise<RolloutFact[]> {
    const { store, clock, audit } = this.parts;
    return decideAgain(() =>
      store.transact(async (tx) => {
        const facts = await tx.facts.read(streamOf(rollout));
        // A roll-out of another organisation is none.
        const state = facts.some((fact) => fact.org !== actor.org) ? undefined : rolloutOf(facts);
        if (facts.length > 0 && !state) return (decide(undefined, clock.now()), []);
        const added = decide(state, clock.now());
        const to = { stream: streamOf(rollout), expected: facts.length, org: actor.org, key: rollout };
        await appendFacts(tx, clock, to, added);
        for (const fact of added) {
          const data = fact.data as { btu?: string; step?: string; detail?: string; reason?: string; version?: string };
          const bad = data.step === 'failed' || data.step === 'rolled_back';
          await audit.within(tx, {
            org: actor.org,
            class: actor.kind === 'user' || actor.kind === 'client' ? 'privileged' : 'device',
            actor: { kind: actor.kind, id: actor.id },
            action: actions[fact.type],
            target: { kind: 'rollout', id: rollout },
            outcome: bad ? 'failure' : 'success',
            reason: data.reason ?? data.detail ?? null,
            address: actor.address,
            detail: {
              ...(data.btu === undefined ? {} : { btu: data.btu }),
              ...(data.step === undefined ? {} : { step: data.step }),
              ...(data.version === undefined ? {} : { version: data.version }),
            },
          });
        }
        return added;
      }),
    );
  }
}

const actions: Readonly<Record<RolloutFact['type'], string>> = {
  'rollout-started': 'rollout.start',
  'rollout-group-opened': 'rollout.open-group',
  'rollout-progressed': 'rollout.progress',
  'rollout-stopped': 'rollout.stop',
  'rollout-completed': 'rollout.complete',
};

function taken(decision: Decision<RolloutFact[]>): RolloutFact[] {
  if (!decision.ok) throw new Refused(decision.code, decision.reason);
  return decision.value;
}

function needed(state: Rollout | undefined, rollout: string): Rollout {
  if (!state) throw new Refused('not_found', `There is no roll-out ${rollout}.`);
  return state;
}
