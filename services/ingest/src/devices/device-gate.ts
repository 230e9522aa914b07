import { standingOf } from '@quaywatch/domain/telemetry';
import { minutes, type Duration } from '@quaywatch/kernel';
import type { Clock, Queryable, ViewStore } from '@quaywatch/ports';
import type { TLSSocket } from 'node:tls';
import { factsOf, verdictOn, type CertifiedDevice, type TlsVerdict } from '../broker/tls-verdict';
import type { Authorities } from '../pki/authorities';
import { findDevice, type Device } from './registry';

/** What the gate works with. */
export interface GateParts {
  readonly store: ViewStore;
  readonly clock: Clock;
  readonly authorities: Authorities;
  /** How long older certificates stay good after a newer one was first used, ms. */
  readonly overlap: Duration;
  /** Called when a device was let in with a certificate that it never used before. */
  readonly onFirstUse: (device: Device, serial: string) => Promise<void>;
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
  /** Failed handshakes that were told already, until when. */
  private readonly told = new Map<string, number>();

  constructor(private readonly parts: GateParts) {}

  /** Judges a finished handshake. */
  verdict(socket: TLSSocket): TlsVerdict {
    const { authorized, authorizationError } = socket;
    const certificate = socket.getPeerX509Certificate();
    const authority = certificate && this.parts.authorities.signedBy(certificate);
    const signedBy = authority && {
      authority: authority.authority,
      org: authority.kind === 'root' ? null : authority.org,
      kind: authority.kind,
    };
    const peer = certificate && factsOf(certificate);
    const verdict = verdictOn({ authorized, authorizationError, peer, signedBy }, this.parts.clock.now());
    if (verdict.ok && this.revoked.has(entry(verdict.device.btu, verdict.device.serial)))
      return { ok: false, reason: 'CERT_REVOKED', btu: verdict.device.btu };
    return verdict;
  }

  /** Judges a device by what is on record now. Rejects when the record cannot be read. */
  async admit(certificate: CertifiedDevice): Promise<Admission> {
    const device = await findDevice(this.parts.store, certificate.btu);
    const reason = this.standing(device, certificate);
    if (!device || reason !== null)
      return { ok: false, reason: reason ?? 'NOT_ENROLLED', org: device?.org ?? certificate.authorityOrg ?? undefined };
    const known = device.certificates.find(({ serial }) => serial === certificate.serial);
    if (known?.firstUsedAt === null) await this.parts.onFirstUse(device, certificate.serial);
    return { ok: true, device };
  }

  /** Why a device that is connected must go; null = it may stay. */
  standing(device: Device | undefined, certificate: CertifiedDevice): string | null {
    const { authorities, clock, overlap } = this.parts;
    if (!authorities.find(certificate.authority)) return 'AUTHORITY_UNKNOWN';
    return standingOf(device, certificate, clock.now(), overlap);
  }

  /**
   * The reason for the audit trail of a handshake that failed before there was a certificate to judge; undefined when
   * there is nothing to tell: the peer just went away, or it was told of this address within the last minute.
   */
  handshakeFailed(error: Error & { code?: string }, address: string): string | undefined {
    const reason = error.code ?? 'TLS_FAILED';
    if (quiet.has(reason)) return undefined;
    const now = this.parts.clock.now();
    const key = `${address} ${reason}`;
    if ((this.told.get(key) ?? 0) > now) return undefined;
    if (this.told.size >= mostTold) this.told.clear();
    this.told.set(key, now + minutes(1));
    return reason;
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

const quiet: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_TLS_HANDSHAKE_TIMEOUT']);
const mostTold = 10_000;

const entry = (btu: string, serial: string): string => `${btu} ${serial}`;
