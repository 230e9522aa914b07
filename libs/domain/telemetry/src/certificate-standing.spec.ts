import { describe, expect, it } from '@jest/globals';
import { standingOf, warningDue, type DeviceRecord, type KnownCertificate } from './certificate-standing';

const day = 86_400_000;
const overlap = 7 * day;
const now = 100 * day;
const known = (serial: string, more: Partial<KnownCertificate> = {}): KnownCertificate => ({
  serial,
  fingerprint: `f-${serial}`,
  authority: 'cau_a',
  issuedAt: 0,
  notAfter: 365 * day,
  revokedAt: null,
  firstUsedAt: null,
  ...more,
});
const device = (certificates: KnownCertificate[], more: Partial<DeviceRecord> = {}): DeviceRecord => ({
  org: 'org_a',
  state: 'active',
  certificates,
  ...more,
});
const presented = { serial: '1', fingerprint: 'f-1', authority: 'cau_a', authorityOrg: 'org_a' };
const newer = known('2', { issuedAt: 50 * day, firstUsedAt: now - overlap });

describe('standing of a presented certificate', () => {
  it.each<[string, DeviceRecord | undefined, object, string | null]>([
    ['one on record', device([known('1')]), {}, null],
    [
      'one of the platform CA',
      device([known('1', { authority: 'cau_x' })]),
      { authority: 'cau_x', authorityOrg: null },
      null,
    ],
    ['one recorded without its fingerprint', device([known('1', { fingerprint: null })]), {}, null],
    ['an unknown device', undefined, {}, 'NOT_ENROLLED'],
    ['a CA of another organisation', device([known('1')]), { authorityOrg: 'org_b' }, 'OTHER_ORGANISATION'],
    ['a number that was never issued', device([known('2')]), {}, 'NOT_ISSUED'],
    ['a number that another certificate has', device([known('1')]), { fingerprint: 'x' }, 'SERIAL_REUSED'],
    ['a number that another CA gave', device([known('1')]), { authority: 'cau_b' }, 'SERIAL_REUSED'],
    ['a revoked one', device([known('1', { revokedAt: 1 })]), {}, 'CERT_REVOKED'],
    ['one that ended', device([known('1', { notAfter: now })]), {}, 'CERT_HAS_EXPIRED'],
    ['one that a newer one replaced', device([known('1'), newer]), {}, 'SUPERSEDED'],
    ['one within the overlap', device([known('1'), { ...newer, firstUsedAt: now - overlap + 1 }]), {}, null],
    ['one whose successor was never used', device([known('1'), { ...newer, firstUsedAt: null }]), {}, null],
    ['one whose successor was revoked', device([known('1'), { ...newer, revokedAt: 1 }]), {}, null],
    ['a device that waits', device([known('1')], { state: 'pending' }), {}, 'DEVICE_PENDING'],
    ['a device in quarantine', device([known('1')], { state: 'quarantined' }), {}, 'DEVICE_QUARANTINED'],
    ['a rejected device', device([known('1')], { state: 'rejected' }), {}, 'DEVICE_REJECTED'],
    [
      'a revoked one in quarantine',
      device([known('1', { revokedAt: 1 })], { state: 'quarantined' }),
      {},
      'CERT_REVOKED',
    ],
  ])('of %s', (_, record, more, reason) => {
    expect(standingOf(record, { ...presented, ...more }, now, overlap)).toBe(reason);
  });
});

it.each([
  [31, undefined],
  [30, 30],
  [8, 30],
  [7, 7],
  [1, 1],
  [0.1, 1],
  [0, undefined],
])('%d days before the end the warning of %s days is due', (left, due) => {
  expect(warningDue(now + left * day, now)).toBe(due);
});
