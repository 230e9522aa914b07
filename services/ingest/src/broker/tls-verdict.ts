import { btuSerial } from '@quaywatch/contracts';
import type { PresentedCertificate } from '@quaywatch/domain/telemetry';
import type { KeyObject, X509Certificate } from 'node:crypto';
import { btusOfSan, canonicalSerial, digestOf, hashOf } from '../pki/certificates';

/** What a certificate says of itself, as far as it matters here. */
export interface PeerFacts {
  readonly serialNumber: string;
  /** Lines `KEY=value`. */
  readonly subject: string;
  readonly subjectAltName: string | undefined;
  /** OIDs of the extended key usage. */
  readonly usages: readonly string[] | undefined;
  /** True when it says that it is a CA. */
  readonly ca: boolean;
  readonly validFrom: number;
  readonly validTo: number;
  readonly fingerprint: string;
  /** What it is signed over with, e.g. `SHA-256`; read only when asked for. */
  readonly digest: string | undefined;
  readonly key: { readonly type: string | undefined; readonly bits?: number; readonly curve?: string };
  /** SHA-256 of the public key (SPKI), lower-case hex; made only when asked for. */
  readonly keyHash: string;
}

/** What is known of a finished handshake. */
export interface Handshake {
  readonly authorized: boolean;
  /** OpenSSL's code, an Error in the types, a string in truth; absent when no certificate was sent. */
  readonly authorizationError?: Error | string | null;
  readonly peer: PeerFacts | undefined;
  /** The trusted CA that signed the certificate itself; a resumed session proves none by itself. */
  readonly signedBy: { readonly authority: string; readonly org: string | null; readonly kind: string } | undefined;
}

/** A device as its certificate tells it. */
export interface CertifiedDevice extends PresentedCertificate {
  readonly btu: string;
  /** Life of the certificate, ms UTC. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** True when the CA is not ours. */
  readonly external: boolean;
  /** SHA-256 of the public key (SPKI) where the CA is not ours; ours are on record with it. */
  readonly keyHash: string | null;
}

/** Whether the connection goes on; a refusal says why in a word for the audit trail. */
export type TlsVerdict =
  | { readonly ok: true; readonly device: CertifiedDevice }
  /** `btu`: whom the certificate claims to be, proven or not. */
  | { readonly ok: false; readonly reason: string; readonly btu: string | undefined };

const clientAuth = '1.3.6.1.5.5.7.3.2';
const curves: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/**
 * Judges a handshake before any byte above TLS is read. Reasons are OpenSSL's words (`CERT_HAS_EXPIRED`,
 * `UNABLE_TO_VERIFY_LEAF_SIGNATURE`, …) and our own: `NO_CERTIFICATE`, `AUTHORITY_UNKNOWN` (signed by none of the
 * CAs trusted now), `WEAK_KEY`, `CA_CERTIFICATE`, `INVALID_PURPOSE` (not for clients), `WEAK_SIGNATURE` (SHA-1), `NO_DEVICE_IDENTITY` (no SAN of
 * ours), `AMBIGUOUS_IDENTITY` (more than one), `CN_NOT_SAN`.
 */
export function verdictOn({ authorized, authorizationError, peer, signedBy }: Handshake, now: number): TlsVerdict {
  const names = btusOfSan(peer?.subjectAltName).filter((name) => btuSerial.safeParse(name).success);
  const btu = names[0];
  const refused = (reason: string): TlsVerdict => ({ ok: false, reason, btu: btu ?? cnOf(peer) });
  if (!peer) return refused('NO_CERTIFICATE');
  if (!authorized) return refused(codeOf(authorizationError, peer, signedBy !== undefined));
  // What follows OpenSSL has said at the first handshake; a session that is resumed must pass it again.
  if (!(peer.validFrom <= now)) return refused('CERT_NOT_YET_VALID');
  if (!(peer.validTo > now)) return refused('CERT_HAS_EXPIRED');
  if (!signedBy) return refused('AUTHORITY_UNKNOWN');
  if (isWeak(peer.key)) return refused('WEAK_KEY');
  if (peer.ca) return refused('CA_CERTIFICATE');
  if (!peer.usages?.includes(clientAuth)) return refused('INVALID_PURPOSE');
  if (btu === undefined) return refused('NO_DEVICE_IDENTITY');
  if (btusOfSan(peer.subjectAltName).length > 1) return refused('AMBIGUOUS_IDENTITY');
  if (peer.subject.split('\n').some((line) => line.startsWith('CN=') && line !== `CN=${btu}`))
    return refused('CN_NOT_SAN');
  return {
    ok: true,
    device: {
      btu,
      serial: canonicalSerial(peer.serialNumber),
      fingerprint: peer.fingerprint,
      notBefore: peer.validFrom,
      notAfter: peer.validTo,
      authority: signedBy.authority,
      authorityOrg: signedBy.org,
      external: signedBy.kind === 'external',
      keyHash: signedBy.kind === 'external' ? peer.keyHash : null,
    },
  };
}

/** What a parsed certificate says. */
export function factsOf(certificate: X509Certificate): PeerFacts {
  const { publicKey } = certificate;
  const details = publicKey.asymmetricKeyDetails;
  return {
    serialNumber: certificate.serialNumber,
    subject: certificate.subject,
    subjectAltName: certificate.subjectAltName,
    usages: certificate.keyUsage as readonly string[] | undefined,
    ca: certificate.ca,
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    get digest() {
      return digestOf(certificate.raw);
    },
    key: { type: publicKey.asymmetricKeyType, bits: details?.modulusLength, curve: details?.namedCurve },
    get keyHash() {
      return keyHashOf(publicKey);
    },
  };
}

/** The CN, where it could be a serial: good enough to say who was refused. */
function cnOf(peer: PeerFacts | undefined): string | undefined {
  const cn = peer?.subject.split('\n').find((line) => line.startsWith('CN='));
  return btuSerial.safeParse(cn?.slice(3)).data;
}

const keyHashOf = (key: KeyObject): string => hashOf(key.export({ type: 'spki', format: 'der' }));

function isWeak({ type, bits, curve }: PeerFacts['key']): boolean {
  if (type === 'rsa') return (bits ?? 0) < 2048;
  if (type === 'ec') return !curves.includes(curve ?? '');
  return type !== 'ed25519';
}

function codeOf(error: Handshake['authorizationError'], peer: PeerFacts, known: boolean): string {
  const code =
    typeof error === 'string' ? error : ((error as { code?: string } | null | undefined)?.code ?? error?.message);
  // Node has no word for some of what OpenSSL refuses: weak signatures and keys, and those who may not sign.
  if (code === 'UNSPECIFIED' && peer.digest === 'SHA-1') return 'WEAK_SIGNATURE';
  if (code === 'UNSPECIFIED' && isWeak(peer.key)) return 'WEAK_KEY';
  if (code === 'UNSPECIFIED' && !known) return 'INVALID_CA';
  return code ?? 'NOT_VERIFIED';
}
