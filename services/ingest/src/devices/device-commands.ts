import { deviceOf, enrolDevice, revokeDevice, type DeviceFact } from '@quaywatch/domain/telemetry';
import { makeId, type Decision } from '@quaywatch/kernel';
import type { Clock, NewFact, StoreTransaction, ViewStore } from '@quaywatch/ports';
import type { Principal } from '@quaywatch/contracts';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import type { CertificateAuthority } from '../pki/certificate-authority';
import type { IssuedCertificate } from '../pki/certificates';
import { applyDeviceFact } from './views.reactor';

/** Enrols and revokes devices: facts, views and audit entry in one transaction. */
export class DeviceCommands {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    private readonly authority: CertificateAuthority,
  ) {}

  /** Admits a device and issues its certificate. A device of another organisation is refused. */
  async enrol(principal: Principal, address: string | null, btu: string, csr: string): Promise<IssuedCertificate> {
    const issued: Decision<IssuedCertificate> = await this.authority.issue(btu, csr);
    if (!issued.ok) throw new Refused(issued.code, issued.reason);
    const { serial, fingerprint, notBefore, notAfter } = issued.value;
    await this.store.transact(async (tx) => {
      const facts = await tx.facts.read(`device-${btu}`);
      const certificate = { btu, serial, fingerprint, notBefore, notAfter };
      const decision = enrolDevice(deviceOf(facts), principal.org, principal.id, certificate);
      await this.append(tx, principal.org, btu, facts.length, decision);
      await this.audit.within(tx, {
        org: principal.org,
        class: 'privileged',
        actor: { kind: principal.kind, id: principal.id },
        action: 'device.enrol',
        target: { kind: 'btu', id: btu },
        outcome: 'success',
        address,
        detail: { serial },
      });
    });
    return issued.value;
  }

  /** Revokes every certificate of a device; the serials that were revoked. */
  async revoke(principal: Principal, address: string | null, btu: string, reason: string): Promise<string[]> {
    return this.store.transact(async (tx) => {
      const facts = await tx.facts.read(`device-${btu}`);
      const decision = revokeDevice(deviceOf(facts), principal.org, { btu, by: principal.id, reason });
      const added = await this.append(tx, principal.org, btu, facts.length, decision);
      await this.audit.within(tx, {
        org: principal.org,
        class: 'privileged',
        actor: { kind: principal.kind, id: principal.id },
        action: 'device.revoke',
        target: { kind: 'btu', id: btu },
        outcome: 'success',
        reason,
        address,
        detail: { certificates: added.length },
      });
      return added.flatMap((fact) => (fact.type === 'certificate-revoked' ? [fact.data.serial] : []));
    });
  }

  private async append(
    tx: StoreTransaction,
    org: string,
    btu: string,
    expected: number,
    decision: Decision<DeviceFact[]>,
  ): Promise<DeviceFact[]> {
    if (!decision.ok) throw new Refused(decision.code, decision.reason);
    if (decision.value.length === 0) return [];
    const time = this.clock.now();
    const facts: NewFact[] = decision.value.map(({ type, data }) => ({
      id: makeId('event', time, this.clock.random(16)),
      type,
      v: 1,
      org,
      key: btu,
      time,
      data,
    }));
    const outcome = await tx.facts.append(`device-${btu}`, expected, facts);
    if (outcome.kind === 'conflict')
      throw new Refused('conflict', 'The device was changed at the same moment: try again.');
    // Seen at once by the broker; the reactor comes to the same rows again.
    for (const fact of facts) await applyDeviceFact(tx, { ...fact, source: 'ingest' });
    return decision.value;
  }
}
