import { standingOf } from '@quaywatch/domain/telemetry';
import type { Duration, Instant } from '@quaywatch/kernel';
import type { Clock, Queryable, ViewStore } from '@quaywatch/ports';
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { factsOf, verdictOn, type CertifiedDevice, type TlsVerdict } from '../broker/tls-verdict';
import type { Authorities } from '../pki/authorities';
import { findDevices, type Device } from './registry';
import { Together } from './together';

/** What the gate works with. */
export interface GateParts {
  readonly store: ViewStore;
  readonly clock: Clock;
  readonly authorities: Authorities;
  /** How long older certificates stay good after a newer one was first used, ms. */
  readonly overlap: Duration;
  /** Called when a device was let in with a certificate that it never used before. */
  readonly onFirstUse: (device: Device, serial: string) => void;
  /** Called with a device that nobody enrolled and that has a certificate of a registered CA; why it must wait. */
  readonly onPresented: (certificate: CertifiedDevice) => Promise<string>;
  /** How many offences within which time, ms, are too many; 0 = never. */
  readonly offences: { readonly most: number; readonly window: Duration };
  /** Called with a device that had too many. */
  readonly onOffender: (btu: string, reason: string) => void;
}

/** Whether a device is let in. */
export type Admission =
  | { readonly ok: true; readonly device: Device }
  /** `org`: whose audit trail the refusal belongs to; undefined = nobody's but the platform's. */
  | { readonly ok: false; readonly reason: string; readonly org: string | undefined };

/**
 * Decides who is a device of ours, for every port that devices come to: the path of the certificate right after the
 * handshake, resumed or not, then what is on record of the device. Revoked certificates are known in memory, so that
 * they fail before any byte above TLS; the record is asked all the same, it has the last word.
 */
export class DeviceGate {
  private revoked: ReadonlySet<string> = new Set();
  /** Good verdicts, by fingerprint. */
  private readonly good = new Map<string, TlsVerdict>();
  /** When each device was refused something, lately. */
  private readonly offences = new Map<string, readonly number[]>();

  private readonly records: Together<Device>;

  constructor(private readonly parts: GateParts) {
    this.records = new Together(parts.clock, (btus) => parts.store.transact((tx) => findDevices(tx, btus)));
  }

  /** Judges a finished handshake. */
  verdict(socket: TLSSocket): TlsVerdict {
    const { authorized } = socket;
    const certificate = socket.getPeerX509Certificate();
    const now = this.parts.clock.now();
    const verdict = (authorized && certificate && this.seen(certificate, now)) || this.judge(socket, certificate, now);
    if (!verdict.ok) return verdict;
    const { device } = verdict;
    if (this.revoked.has(entry(device.btu, device.serial)))
      return { ok: false, reason: 'CERT_REVOKED', btu: device.btu };
    return verdict;
  }

  /**
   * The verdict of before on a certificate: what it says and who signed it is the same for ever, as long as that CA is
   * trusted and its time has not run out.
   */
  private seen(certificate: X509Certificate, now: Instant): TlsVerdict | undefined {
    const verdict = this.good.get(certificate.fingerprint256);
    if (!verdict?.ok || verdict.device.notBefore > now || verdict.device.notAfter <= now) return undefined;
    return this.parts.authorities.find(verdict.device.authority) && verdict;
  }

  private judge(
    { authorized, authorizationError }: TLSSocket,
    certificate: X509Certificate | undefined,
    now: Instant,
  ): TlsVerdict {
    const authority = certificate && this.parts.authorities.signedBy(certificate);
    const signedBy = authority && {
      authority: authority.authority,
      org: authority.kind === 'root' ? null : authority.org,
      kind: authority.kind,
    };
    const peer = certificate && factsOf(certificate);
    const verdict = verdictOn({ authorized, authorizationError, peer, signedBy }, now);
    if (certificate && verdict.ok) {
      if (this.good.size >= mostKnown) this.good.clear();
      this.good.set(certificate.fingerprint256, verdict);
    }
    return verdict;
  }

  /** Judges a device by what is on record now. Rejects when the record cannot be read. */
  async admit(certificate: CertifiedDevice): Promise<Admission> {
    const device = await this.records.one(certificate.btu);
    const waits = device?.state === 'pending' && device.org === certificate.authorityOrg;
    if (certificate.external && (!device || waits))
      return {
        ok: false,
        reason: await this.parts.onPresented(certificate),
        org: certificate.authorityOrg ?? undefined,
      };
    const reason = this.standing(device, certificate);
    if (!device || reason !== null)
      return { ok: false, reason: reason ?? 'NOT_ENROLLED', org: device?.org ?? certificate.authorityOrg ?? undefined };
    const known = device.certificates.find(({ serial }) => serial === certificate.serial);
    // Not waited for: a fleet that comes with new certificates must not queue for it.
    if (known?.firstUsedAt === null) this.parts.onFirstUse(device, certificate.serial);
    return { ok: true, device };
  }

  /** Why a device that is connected must go; null = it may stay. */
  standing(device: Device | undefined, certificate: CertifiedDevice): string | null {
    const { authorities, clock, overlap } = this.parts;
    if (!authorities.find(certificate.authority)) return 'AUTHORITY_UNKNOWN';
    return standingOf(device, certificate, clock.now(), overlap);
  }

  /**
   * Counts what a device whose certificate is proven did against the rules; too often within the window puts it into
   * quarantine.
   */
  offence({ btu }: CertifiedDevice, what: string): void {
    const { offences, clock } = this.parts;
    if (offences.most === 0) return;
    const now = clock.now();
    const recent = [...(this.offences.get(btu) ?? []), now].filter((at) => at > now - offences.window);
    if (this.offences.size >= mostOffenders) this.offences.clear();
    this.offences.set(btu, recent);
    if (recent.length < offences.most) return;
    this.offences.delete(btu);
    this.parts.onOffender(
      btu,
      `${recent.length} refusals within ${Math.round(offences.window / 60_000)} min, last ${what}`,
    );
  }

  /** Reads which certificates are revoked and not at their end yet. */
  async refresh(q: Queryable): Promise<void> {
    const rows = await q.query<{ btu: string; serial: string }>(
      'select btu, serial from certificate where revoked_at is not null and not_after > $1',
      [this.parts.clock.now()],
    );
    this.revoked = new Set(rows.map((row) => entry(row.btu, row.serial)));
  }
}

const mostOffenders = 20_000;
const mostKnown = 50_000;

const entry = (btu: string, serial: string): string => `${btu} ${serial}`;
