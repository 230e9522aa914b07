import {
  approveDevice,
  deviceOf,
  enrolDevice,
  presentDevice,
  quarantineDevice,
  rejectDevice,
  releaseDevice,
  revokeDevice,
  warnExpiry,
  type DeviceFact,
  type DeviceIdentity,
} from '@quaywatch/domain/telemetry';
import { accept, seconds, type Decision, type Duration } from '@quaywatch/kernel';
import type { Clock, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import type { Actor, Authorities } from '../pki/authorities';
import { issueDevice, type IssuedCertificate, type Publication } from '../pki/certificates';
import type { CertifiedDevice } from '../broker/tls-verdict';
import { appendFacts, decideAgain } from './append-facts';
import type { Device } from './registry';
import { Together } from './together';

/** What the commands work with. */
export interface CommandParts {
  readonly store: ViewStore;
  readonly clock: Clock;
  readonly audit: AuditTrail;
  readonly authorities: Authorities;
  /** Life of a device certificate, ms. */
  readonly life: Duration;
  /** Where the state of a CA's certificates is published. */
  readonly publication: (authority: string) => Publication | undefined;
}

interface Audited {
  readonly action: string;
  readonly reason?: string;
  readonly detail?: Record<string, string | number>;
}

/** What is done to a device, and by whom. */
interface Change {
  readonly actor: Actor;
  readonly audited: Audited;
  readonly decision: Decision<DeviceFact[]>;
}

/** Enrols and revokes devices: facts, views and audit entry in one transaction. */
export class DeviceCommands {
  private readonly firstUses: Together<undefined>;

  constructor(private readonly parts: CommandParts) {
    this.firstUses = new Together(parts.clock, (names) => this.recordFirstUses(names), seconds(1));
  }

  /**
   * Admits a device and issues its certificate. A device of another organisation is refused, and a key that another
   * device has. `within` does more in the same transaction.
   */
  async enrol(
    actor: Actor,
    btu: string,
    csr: string | Uint8Array,
    how: { readonly action: string; readonly within?: (tx: StoreTransaction) => Promise<void> } = {
      action: 'device.enrol',
    },
  ): Promise<IssuedCertificate> {
    const { authorities, clock, life, publication } = this.parts;
    const { authority, issuer } = await authorities.issuerFor(actor.org);
    const issued = await issueDevice(issuer, btu, csr, clock.now(), life, publication(authority));
    if (!issued.ok) throw new Refused(issued.code, issued.reason);
    const { pem: _, ...certificate } = issued.value;
    await this.change(
      actor,
      btu,
      { action: how.action, detail: { serial: certificate.serial, authority } },
      async (tx, device) => {
        await needOwnKey(tx, btu, certificate.keyHash);
        await how.within?.(tx);
        return enrolDevice(device, actor.org, actor.id, { btu, ...certificate, authority });
      },
    );
    return issued.value;
  }

  /** Revokes every certificate of a device; the serials that were revoked. */
  async revoke(actor: Actor, btu: string, reason: string): Promise<string[]> {
    const added = await this.change(actor, btu, { action: 'device.revoke', reason }, (_, device) =>
      revokeDevice(device, actor.org, { btu, by: actor.id, reason }),
    );
    return added.flatMap((fact) => (fact.type === 'certificate-revoked' ? [fact.data.serial] : []));
  }

  /**
   * Lets a device that nobody enrolled wait for approval, as long as its CA has room; the reason why it is not let in.
   */
  async present(certificate: CertifiedDevice): Promise<string> {
    const { btu, authority, serial, fingerprint, keyHash, notBefore, notAfter } = certificate;
    const ca = this.parts.authorities.find(authority);
    if (!ca || ca.kind !== 'external' || keyHash === null) return 'NOT_ENROLLED';
    const actor: Actor = { org: ca.org, kind: 'device', id: btu, address: null };
    const data = { btu, authority, serial, fingerprint, keyHash, notBefore, notAfter };
    try {
      await this.change(actor, btu, { action: 'device.present', detail: { authority, serial } }, async (tx, device) => {
        await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`quota ${authority}`]);
        const [row] = await tx.query<{ used: number }>(
          'select count(*)::int as used from device where presented_by = $1 and btu <> $2',
          [authority, btu],
        );
        if ((row?.used ?? 0) >= (ca.quota ?? 0))
          throw new Refused('too_many', `${ca.name} has no room for another device.`);
        return presentDevice(device, ca.org, data);
      });
      return 'DEVICE_PENDING';
    } catch (error) {
      if (error instanceof Refused) return error.code === 'too_many' ? 'QUOTA_EXCEEDED' : 'NOT_ENROLLED';
      throw error;
    }
  }

  /** Admits a device that waits. */
  async approve(actor: Actor, btu: string, reason: string): Promise<void> {
    await this.change(actor, btu, { action: 'device.approve', reason }, (_, device) =>
      approveDevice(device, actor.org, { btu, by: actor.id, reason }),
    );
  }

  /** Turns away a device that waits. */
  async reject(actor: Actor, btu: string, reason: string): Promise<void> {
    await this.change(actor, btu, { action: 'device.reject', reason }, (_, device) =>
      rejectDevice(device, actor.org, { btu, by: actor.id, reason }),
    );
  }

  /** Lets a device connect no more until it is released. */
  async quarantine(actor: Actor, btu: string, cause: 'offences' | 'operator', reason: string): Promise<void> {
    await this.change(actor, btu, { action: 'device.quarantine', reason }, (_, device) =>
      quarantineDevice(device, actor.org, cause, { btu, by: actor.id, reason }),
    );
  }

  /** Puts a device into quarantine that was refused things too often, whoever owns it; false when it was there already. */
  async quarantineOffender(btu: string, reason: string): Promise<boolean> {
    const [row] = await this.parts.store.transact((tx) =>
      tx.query<{ org: string }>(`select org from device where btu = $1 and state = 'active'`, [btu]),
    );
    if (!row) return false;
    const actor: Actor = { org: row.org, kind: 'service', id: 'ingest', address: null };
    await this.quarantine(actor, btu, 'offences', reason);
    return true;
  }

  /** Lets a device in quarantine connect again. */
  async release(actor: Actor, btu: string, reason: string): Promise<void> {
    await this.change(actor, btu, { action: 'device.release', reason }, (_, device) =>
      releaseDevice(device, actor.org, { btu, by: actor.id, reason }),
    );
  }

  /** Records that a device came with a certificate for the first time; a second later, a hundred devices a second. */
  async firstUse({ btu }: Device, serial: string): Promise<void> {
    await this.firstUses.one(`${btu} ${serial}`);
  }

  /** Records that a certificate comes to its end; nothing when that was said before. */
  async warn(
    { btu, org }: { readonly btu: string; readonly org: string },
    warning: { readonly serial: string; readonly notAfter: number; readonly days: number },
  ): Promise<void> {
    const actor: Actor = { org, kind: 'service', id: 'ingest', address: null };
    await this.change(actor, btu, { action: 'certificate.expiring', detail: warning }, (_, device) =>
      accept(warnExpiry(device, { btu, ...warning })),
    );
  }

  /** A fleet that comes with new certificates is recorded many at a time, in one transaction. */
  private async recordFirstUses(names: readonly string[]): Promise<ReadonlyMap<string, undefined>> {
    const uses = names.map((name) => name.split(' ') as [btu: string, serial: string]);
    // Always in the same order, so that two processes do not wait for each other crosswise.
    uses.sort(([a], [b]) => (a < b ? -1 : 1));
    const work = async (tx: StoreTransaction): Promise<void> => {
      for (const [btu, serial] of uses)
        await this.changeWithin(tx, btu, (device) => {
          const known = device.org === null || device.used.includes(serial);
          return {
            actor: { org: device.org ?? '', kind: 'device', id: btu, address: null },
            audited: { action: 'certificate.first-use', detail: { serial } },
            decision: accept(known ? [] : [{ type: 'certificate-first-used', data: { btu, serial } }]),
          };
        });
    };
    await decideAgain(() => this.parts.store.transact(work));
    return new Map();
  }

  private change(
    actor: Actor,
    btu: string,
    audited: Audited,
    decide: (tx: StoreTransaction, device: DeviceIdentity) => Promise<Decision<DeviceFact[]>> | Decision<DeviceFact[]>,
  ): Promise<DeviceFact[]> {
    return decideAgain(() =>
      this.parts.store.transact((tx) =>
        this.changeWithin(tx, btu, async (device) => ({ actor, audited, decision: await decide(tx, device) })),
      ),
    );
  }

  private async changeWithin(
    tx: StoreTransaction,
    btu: string,
    decide: (device: DeviceIdentity) => Promise<Change> | Change,
  ): Promise<DeviceFact[]> {
    const { audit, clock } = this.parts;
    const stream = `device-${btu}`;
    const facts = await tx.facts.read(stream);
    const { actor, audited, decision } = await decide(deviceOf(facts));
    if (!decision.ok) throw new Refused(decision.code, decision.reason);
    await appendFacts(tx, clock, { stream, expected: facts.length, org: actor.org, key: btu }, decision.value);
    // A device that comes again and again while it waits leaves one entry, not one each time.
    if (decision.value.length === 0 && actor.kind === 'device') return [];
    await audit.within(tx, {
      org: actor.org,
      class: actor.kind === 'device' || actor.kind === 'service' ? 'device' : 'privileged',
      actor: { kind: actor.kind, id: actor.id },
      action: audited.action,
      target: { kind: 'btu', id: btu },
      outcome: 'success',
      reason: audited.reason ?? null,
      address: actor.address,
      detail: { ...audited.detail, facts: decision.value.length },
    });
    return decision.value;
  }
}

async function needOwnKey(tx: StoreTransaction, btu: string, keyHash: string): Promise<void> {
  const others = await tx.query('select 1 from certificate where key_hash = $1 and btu <> $2 limit 1', [keyHash, btu]);
  if (others.length > 0) throw new Refused('conflict', 'Another device has this key: each must make its own.');
}
