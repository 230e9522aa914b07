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
      const enrolled = facts.find((fact) => fact.type === 'device-enrolled');
      if (enrolled && enrolled.org !== principal.org) throw new Refused('conflict', `${btu} belongs to another organisation.`);
      const added = [
        ...(enrolled ? [] : [this.fact(principal.org, btu, 'device-enrolled', { btu, by: principal.id })]),
        this.fact(principal.org, btu, 'certificate-issued', { btu, serial, fingerprint, notBefore, notAfter }),
      ];
      await this.append(tx, btu, facts.length, added);
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
      if (facts[0]?.org !== principal.org) throw new Refused('not_found', `There is no device ${btu}.`);
      const serialOf = (fact: { data: unknown }): string => (fact.data as { serial: string }).serial;
      const dead = new Set(facts.filter((fact) => fact.type === 'certificate-revoked').map(serialOf));
      const serials = facts.filter((fact) => fact.type === 'certificate-issued').map(serialOf).filter((serial) => !dead.has(serial));
      const added = serials.map((serial) => this.fact(principal.org, btu, 'certificate-revoked', { btu, serial, reason, by: principal.id }));
      if (added.length > 0) await this.append(tx, btu, facts.length, added);
      await this.audit.within(tx, {
        org: principal.org,
        class: 'privileged',
        actor: { kind: principal.kind, id: principal.id },
        action: 'device.revoke',
        target: { kind: 'btu', id: btu },
        outcome: 'success',
        reason,
        address,
        detail: { certificates: serials.length },
      });
      return serials;
    });
  }

  private async append(tx: StoreTransaction, btu: string, expected: number, facts: readonly NewFact[]): Promise<void> {
    const outcome = await tx.facts.append(`device-${btu}`, expected, facts);
    if (outcome.kind === 'conflict') throw new Refused('conflict', 'The device was changed at the same moment: try again.');
    // Seen at once by the broker; the reactor comes to the same rows again.
    for (const fact of facts) await applyDeviceFact(tx, { ...fact, source: 'ingest' });
  }

  private fact(org: string, btu: string, type: string, data: object): NewFact {
    const now = this.clock.now();
    return { id: makeId('event', now, this.clock.random(16)), type, v: 1, org, key: btu, time: now, data };
  }
}
