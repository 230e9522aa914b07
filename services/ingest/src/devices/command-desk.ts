import { commandAcknowledgement, type CommandKind, type DeviceCommand } from '@quaywatch/contracts';
import {
  answerCommand,
  commandOf,
  endCommand,
  requestCommand,
  sendCommand,
  type CommandFact,
  type CommandRecord,
} from '@quaywatch/domain/telemetry';
import { makeId, type Duration } from '@quaywatch/kernel';
import type { Clock, ObjectStore, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import type { Actor } from '../pki/authorities';
import { appendFacts, decideAgain } from './append-facts';
import { readJson } from './device-desk';
import type { Device } from './registry';

/** What the desk works with. */
export interface CommandDeskParts {
  readonly store: ViewStore;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly audit: AuditTrail;
  /** How long a device has to answer, ms. */
  readonly patience: Duration;
}

interface OpenRow extends Record<string, unknown> {
  id: string;
  org: string;
  btu: string;
  kind: CommandKind;
  parameters: DeviceCommand['parameters'];
  expires_at: number;
}

const perLook = 200;
const streamOf = (command: string): string => `command-${command}`;
const platform = (org: string): Actor => ({ org, kind: 'service', id: 'ingest', address: null });

/** Takes commands to devices from the request to their end. Every step is a fact, and audited. */
export class CommandDesk {
  constructor(private readonly parts: CommandDeskParts) {}

  /** Asks a device for something; the id of the command. */
  async request(actor: Actor, btu: string, kind: CommandKind, parameters: object, life: Duration): Promise<string> {
    const { clock } = this.parts;
    const now = clock.now();
    const command = makeId('command', now, clock.random(10));
    await this.change(actor, command, btu, () => {
      const decision = requestCommand({ command, btu, kind, parameters, by: actor.id }, now, life);
      if (!decision.ok) throw new Refused(decision.code, decision.reason);
      return decision.value;
    });
    return command;
  }

  /**
   * Sends what waits for these devices, which are connected here, and ends what has run out of time. `send` is called
   * after the fact is stored: a command that was lost on the way times out, none is sent twice.
   */
  async look(connected: readonly string[], send: (btu: string, payload: string) => boolean): Promise<void> {
    const { store, clock, patience } = this.parts;
    const now = clock.now();
    const [waiting, ended] = await store.transact(async (tx) => [
      // Thousands of serials are sent only when there is something to look for.
      connected.length === 0 || !(await someRequested(tx, now))
        ? []
        : await tx.query<OpenRow>(
            `select id, org, btu, kind, parameters, expires_at from command
             where state = 'requested' and btu = any($1) and expires_at > $2 order by requested_at limit ${perLook}`,
            [connected, now],
          ),
      await tx.query<OpenRow>(
        `select id, org, btu, kind, parameters, expires_at from command
         where (state = 'requested' and expires_at <= $1) or (state = 'sent' and answer_by <= $1) limit ${perLook}`,
        [now],
      ),
    ]);
    for (const row of waiting) {
      const added = await this.change(platform(row.org), row.id, row.btu, (record) =>
        record ? sendCommand(record, clock.now(), patience) : [],
      );
      const { id, kind, parameters, expires_at } = row;
      const command: DeviceCommand = { v: 1, id, kind, parameters, expiresAt: expires_at };
      if (added.length > 0) send(row.btu, JSON.stringify(command));
    }
    for (const row of ended)
      await this.change(platform(row.org), row.id, row.btu, (record) =>
        record ? endCommand(record, clock.now()) : [],
      );
  }

  /** Takes the answer of a device; undefined when it cannot be read. What nobody waits for is audited and dropped. */
  answer(device: Device, payload: Uint8Array): Promise<void> | undefined {
    const parsed = commandAcknowledgement.safeParse(readJson(payload));
    if (!parsed.success || !/^cmd_[0-9a-z]+$/.test(parsed.data.id)) return undefined;
    return this.take(device, parsed.data);
  }

  private async take(
    device: Device,
    { id, ok, detail, log }: { id: string; ok: boolean; detail: string; log?: string },
  ): Promise<void> {
    const { btu, org } = device;
    const actor: Actor = { org, kind: 'device', id: btu, address: null };
    const object = log === undefined ? null : `device-logs/${org}/${btu}/${id}.txt`;
    const data = { command: id, btu, ok, detail, object };
    let kept = object === null;
    const added = await this.change(actor, id, btu, async (record) => {
      const facts = answerCommand(record, data);
      if (facts.length > 0 && !kept && object !== null) {
        // The text first: a fact never points to what is not there.
        await this.parts.objects.put(object, new TextEncoder().encode(log));
        kept = true;
      }
      return facts;
    });
    if (added.length > 0) return;
    await this.parts.audit.write({
      org,
      class: 'device',
      actor: { kind: 'device', id: btu },
      action: 'command.acknowledge',
      target: { kind: 'command', id },
      outcome: 'refused',
      reason: 'NOT_WAITED_FOR',
    });
  }

  private change(
    actor: Actor,
    command: string,
    btu: string,
    decide: (record: CommandRecord | undefined) => CommandFact[] | Promise<CommandFact[]>,
  ): Promise<CommandFact[]> {
    const { store, clock, audit } = this.parts;
    const work = async (tx: StoreTransaction): Promise<CommandFact[]> => {
      const facts = await tx.facts.read(streamOf(command));
      // The organisation of a command is that of whoever asked: nobody else's device answers it.
      if (facts.some((fact) => fact.org !== actor.org)) return [];
      const added = await decide(commandOf(facts));
      const to = { stream: streamOf(command), expected: facts.length, org: actor.org, key: btu };
      await appendFacts(tx, clock, to, added);
      for (const fact of added)
        await audit.within(tx, {
          org: actor.org,
          class: actor.kind === 'user' || actor.kind === 'client' ? 'privileged' : 'device',
          actor: { kind: actor.kind, id: actor.id },
          action: actions[fact.type],
          target: { kind: 'btu', id: btu },
          outcome: fact.type === 'command-acknowledged' && !fact.data.ok ? 'failure' : 'success',
          reason: fact.type === 'command-acknowledged' ? fact.data.detail : null,
          address: actor.address,
          detail: { command, ...(fact.type === 'command-requested' ? { kind: fact.data.kind } : {}) },
        });
      return added;
    };
    return decideAgain(() => store.transact(work));
  }
}

async function someRequested(tx: StoreTransaction, now: number): Promise<boolean> {
  const [row] = await tx.query<{ some: boolean }>(
    `select exists (select from command where state = 'requested' and expires_at > $1) as some`,
    [now],
  );
  return row?.some ?? false;
}

const actions: Readonly<Record<CommandFact['type'], string>> = {
  'command-requested': 'command.request',
  'command-sent': 'command.send',
  'command-acknowledged': 'command.acknowledge',
  'command-timed-out': 'command.time-out',
  'command-expired': 'command.expire',
};
