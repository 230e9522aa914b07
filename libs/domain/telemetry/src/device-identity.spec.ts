import { describe, expect, it } from '@jest/globals';
import type { EventEnvelope } from '@quaywatch/contracts';
import { deviceOf, enrolDevice, revokeDevice, warnExpiry, type DeviceFact } from './device-identity';

const given = (facts: readonly DeviceFact[], org = 'org_a'): readonly EventEnvelope[] =>
  facts.map((fact, i) => ({
    id: `evt_${i}`,
    v: fact.type === 'certificate-issued' ? 2 : 1,
    source: 'ingest',
    org,
    key: 'B1',
    time: i,
    ...fact,
  }));
const certificate = (serial: string) => ({
  btu: 'B1',
  serial,
  fingerprint: 'f',
  notBefore: 0,
  notAfter: 9,
  authority: 'cau_1',
  keyHash: 'k',
});
const enrolled: DeviceFact = { type: 'device-enrolled', data: { btu: 'B1', by: 'usr_1' } };
const issued = (serial: string): DeviceFact => ({ type: 'certificate-issued', data: certificate(serial) });
const revoked = (serial: string): DeviceFact => ({
  type: 'certificate-revoked',
  data: { btu: 'B1', serial, reason: 'lost', by: 'usr_1' },
});
const revoke = { btu: 'B1', by: 'usr_1', reason: 'lost' };

describe('identity of a device', () => {
  it('enrols a device that is new, and gives one that is known only a certificate', () => {
    expect(enrolDevice(deviceOf([]), 'org_a', 'usr_1', certificate('01'))).toEqual({
      ok: true,
      value: [enrolled, issued('01')],
    });
    expect(enrolDevice(deviceOf(given([enrolled, issued('01')])), 'org_a', 'usr_1', certificate('02'))).toEqual({
      ok: true,
      value: [issued('02')],
    });
  });

  it('may be enrolled again after it was revoked', () => {
    const device = deviceOf(given([enrolled, issued('01'), revoked('01')]));
    expect(device.valid).toEqual([]);
    expect(enrolDevice(device, 'org_a', 'usr_1', certificate('02')).ok).toBe(true);
  });

  it('stays with its organisation, revoked or not', () => {
    for (const facts of [
      [enrolled, issued('01')],
      [enrolled, issued('01'), revoked('01')],
    ])
      expect(enrolDevice(deviceOf(given(facts)), 'org_b', 'usr_2', certificate('02'))).toMatchObject({
        ok: false,
        code: 'conflict',
      });
  });

  it('never uses the number of a certificate twice', () => {
    const device = deviceOf(given([enrolled, issued('01'), revoked('01')]));
    expect(enrolDevice(device, 'org_a', 'usr_1', certificate('01'))).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('revokes what is valid, once', () => {
    const device = deviceOf(given([enrolled, issued('01'), issued('02'), revoked('01')]));
    expect(revokeDevice(device, 'org_a', revoke)).toEqual({ ok: true, value: [revoked('02')] });
    const again = deviceOf(given([enrolled, issued('01'), revoked('01')]));
    expect(revokeDevice(again, 'org_a', revoke)).toEqual({ ok: true, value: [] });
  });

  it('cannot be revoked by another organisation, which does not learn that it exists', () => {
    const device = deviceOf(given([enrolled, issued('01')]));
    expect(revokeDevice(device, 'org_b', revoke)).toMatchObject({ ok: false, code: 'not_found' });
    expect(revokeDevice(deviceOf([]), 'org_b', revoke)).toMatchObject({ ok: false, code: 'not_found' });
  });

  it('warns of the end of a certificate once at each number of days', () => {
    const warning = (days: number) => ({ btu: 'B1', serial: '01', notAfter: 9, days });
    const fact = (days: number): DeviceFact => ({ type: 'certificate-expiring', data: warning(days) });
    expect(warnExpiry(deviceOf(given([enrolled, issued('01')])), warning(30))).toEqual([fact(30)]);
    const warned = deviceOf(given([enrolled, issued('01'), fact(30)]));
    expect(warnExpiry(warned, warning(30))).toEqual([]);
    expect(warnExpiry(warned, warning(7))).toEqual([fact(7)]);
  });
});
