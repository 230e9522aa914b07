import type { Duration, Instant } from '@quaywatch/kernel';

/** Id under which the one CA is known that there was before each organisation had its own. */
export const legacyAuthority = 'cau_legacy';

/** Where a device stands: `pending` waits for approval, `quarantined` and `rejected` may not connect. */
export type DeviceState = 'active' | 'pending' | 'quarantined' | 'rejected';

/** A certificate as it is on record. Times in ms UTC; null = not (yet). */
export interface KnownCertificate {
  readonly serial: string;
  /** SHA-256 of the DER, lower-case hex; null = not recorded. */
  readonly fingerprint: string | null;
  readonly authority: string;
  readonly issuedAt: Instant;
  readonly notAfter: Instant;
  readonly revokedAt: Instant | null;
  readonly firstUsedAt: Instant | null;
}

/** A certificate as it was presented: its path is proven, its identity read. */
export interface PresentedCertificate {
  readonly serial: string;
  readonly fingerprint: string;
  /** The CA that signed it. */
  readonly authority: string;
  /** Organisation of that CA; null = the platform's own, which speaks for all. */
  readonly authorityOrg: string | null;
}

/** What is on record of the device that a certificate names. */
export interface DeviceRecord {
  readonly org: string;
  readonly state: DeviceState;
  readonly certificates: readonly KnownCertificate[];
}

/** Why a certificate whose path is proven is refused all the same. */
export type StandingReason =
  | 'NOT_ENROLLED'
  | 'OTHER_ORGANISATION'
  | 'NOT_ISSUED'
  | 'SERIAL_REUSED'
  | 'CERT_REVOKED'
  | 'CERT_HAS_EXPIRED'
  | 'SUPERSEDED'
  | 'DEVICE_PENDING'
  | 'DEVICE_QUARANTINED'
  | 'DEVICE_REJECTED';

/**
 * Null when the device may connect with this certificate now, else why not. `overlap`: how long older certificates stay
 * good after a newer one was first used.
 */
export function standingOf(
  device: DeviceRecord | undefined,
  presented: PresentedCertificate,
  now: Instant,
  overlap: Duration,
): StandingReason | null {
  if (!device) return 'NOT_ENROLLED';
  if (presented.authorityOrg !== null && presented.authorityOrg !== device.org) return 'OTHER_ORGANISATION';
  if (device.state === 'rejected') return 'DEVICE_REJECTED';
  if (device.state === 'pending') return 'DEVICE_PENDING';
  const known = device.certificates.find(({ serial }) => serial === presented.serial);
  if (!known) return 'NOT_ISSUED';
  const same = known.fingerprint === null || known.fingerprint === presented.fingerprint;
  if (known.authority !== presented.authority || !same) return 'SERIAL_REUSED';
  if (known.revokedAt !== null) return 'CERT_REVOKED';
  if (known.notAfter <= now) return 'CERT_HAS_EXPIRED';
  if (isSuperseded(device.certificates, known, now, overlap)) return 'SUPERSEDED';
  if (device.state === 'quarantined') return 'DEVICE_QUARANTINED';
  return null;
}

/** True when a newer certificate has been in use for longer than `overlap`. */
export function isSuperseded(
  all: readonly KnownCertificate[],
  certificate: KnownCertificate,
  now: Instant,
  overlap: Duration,
): boolean {
  return all.some(
    (other) =>
      other.issuedAt > certificate.issuedAt &&
      other.revokedAt === null &&
      other.firstUsedAt !== null &&
      other.firstUsedAt + overlap <= now,
  );
}

/** Days before the end of a certificate at which its owner is warned, first warning first. */
export const expiryWarnings = [30, 7, 1] as const;

/**
 * The warning that is due for a certificate that ends at `notAfter`: the smallest number of days that it has no more
 * than left; undefined when it has more than all of them, or none at all.
 */
export function warningDue(notAfter: Instant, now: Instant): number | undefined {
  const left = notAfter - now;
  if (left <= 0) return undefined;
  return [...expiryWarnings].reverse().find((days) => left <= days * 86_400_000);
}
