import type { PeerCertificate } from 'node:tls';
import { btuOfSan, canonicalSerial } from '../pki/certificates';

/** What node knows of a finished handshake. */
export interface Handshake {
  readonly authorized: boolean;
  /** OpenSSL's code, an Error in the types, a string in truth; absent when no certificate was sent. */
  readonly authorizationError?: Error | string | null;
  readonly peer: Partial<Pick<PeerCertificate, 'subjectaltname' | 'serialNumber' | 'ext_key_usage' | 'valid_to'>>;
}

/** A device as its certificate tells it. */
export interface CertifiedDevice {
  readonly btu: string;
  /** Serial number of the certificate, canonical. */
  readonly serial: string;
  /** End of the certificate's life, ms UTC. */
  readonly notAfter: number;
}

/** Whether the connection goes on; a refusal says why in a word for the audit trail. */
export type TlsVerdict =
  | { readonly ok: true; readonly device: CertifiedDevice }
  /** `btu`: whom the certificate claims to be, proven or not. */
  | { readonly ok: false; readonly reason: string; readonly btu: string | undefined };

const clientAuth = '1.3.6.1.5.5.7.3.2';

/**
 * Judges a handshake before any byte of MQTT is read. Reasons are OpenSSL's words (`CERT_HAS_EXPIRED`,
 * `UNABLE_TO_VERIFY_LEAF_SIGNATURE`, …) and our own: `NO_CERTIFICATE`, `NO_DEVICE_IDENTITY` (no SAN of ours, or more
 * than one), `INVALID_PURPOSE` (not for clients).
 */
export function verdictOn({ authorized, authorizationError, peer }: Handshake): TlsVerdict {
  const btu = btuOfSan(peer.subjectaltname);
  const refused = (reason: string): TlsVerdict => ({ ok: false, reason, btu });
  if (peer.serialNumber === undefined) return refused('NO_CERTIFICATE');
  if (!authorized) return refused(codeOf(authorizationError));
  if (btu === undefined) return refused('NO_DEVICE_IDENTITY');
  if (!peer.ext_key_usage?.includes(clientAuth)) return refused('INVALID_PURPOSE');
  const notAfter = Date.parse(peer.valid_to ?? '');
  if (Number.isNaN(notAfter)) return refused('NO_DEVICE_IDENTITY');
  return { ok: true, device: { btu, serial: canonicalSerial(peer.serialNumber), notAfter } };
}

function codeOf(error: Handshake['authorizationError']): string {
  if (typeof error === 'string') return error;
  return (error as { code?: string } | null | undefined)?.code ?? error?.message ?? 'NOT_VERIFIED';
}
