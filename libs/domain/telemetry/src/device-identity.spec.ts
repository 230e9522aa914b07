import { describe, expect, it } from '@jest/globals';
import type { EventEnvelope } from '@quaywatch/contracts';
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
} from './device-identity';

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

describe('a device that nobody enrolled', () => {
  const presented = (serial: string, btu = 'B1'): DeviceFact => ({
    type: 'device-presented',
    data: { btu, authority: 'cau_x', serial, fingerprint: `f-${serial}`, keyHash: 'k', notBefore: 0, notAfter: 9 },
  });
  const data = (serial: string) => (presented(serial) as Extract<DeviceFact, { type: 'device-presented' }>).data;
  const request = { btu: 'B1', by: 'usr_1', reason: 'checked' };
  const rejected: DeviceFact = { type: 'device-rejected', data: request };
  const accepted: DeviceFact = {
    type: 'certificate-issued',
    data: { ...certificate('07'), fingerprint: 'f-07', authority: 'cau_x' },
  };

  it('waits once with each certificate', () => {
    expect(presentDevice(deviceOf([]), 'org_a', data('07'))).toEqual({ ok: true, value: [presented('07')] });
    const waiting = deviceOf(given([presented('07')]));
    expect(waiting).toMatchObject({ org: 'org_a', state: 'pending', valid: [] });
    expect(presentDevice(waiting, 'org_a', data('07'))).toEqual({ ok: true, value: [] });
    expect(presentDevice(waiting, 'org_a', data('08'))).toEqual({ ok: true, value: [presented('08')] });
    expect(presentDevice(waiting, 'org_b', data('08'))).toMatchObject({ ok: false, code: 'conflict' });
    expect(presentDevice(deviceOf(given([enrolled])), 'org_a', data('07'))).toMatchObject({
      ok: false,
      code: 'conflict',
    });
  });

  it('comes in with its own certificate when it is approved', () => {
    const waiting = deviceOf(given([presented('07')]));
    expect(approveDevice(waiting, 'org_a', request)).toEqual({ ok: true, value: [enrolled, accepted] });
    expect(deviceOf(given([presented('07'), enrolled, accepted]))).toMatchObject({
      state: 'active',
      valid: ['07'],
      presented: null,
    });
    expect(approveDevice(waiting, 'org_b', request)).toMatchObject({ ok: false, code: 'not_found' });
    expect(approveDevice(deviceOf(given([enrolled])), 'org_a', request)).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('stays away when it is rejected', () => {
    const waiting = deviceOf(given([presented('07')]));
    expect(rejectDevice(waiting, 'org_a', request)).toEqual({ ok: true, value: [rejected] });
    const away = deviceOf(given([presented('07'), rejected]));
    expect(presentDevice(away, 'org_a', data('08'))).toEqual({ ok: true, value: [] });
    expect(approveDevice(away, 'org_a', request)).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('keeps its serial from nobody who enrols it by hand', () => {
    const facts = given([presented('07')], 'org_b');
    const decision = enrolDevice(deviceOf(facts), 'org_a', 'usr_1', certificate('09'));
    expect(decision).toEqual({ ok: true, value: [enrolled, issued('09')] });
    expect(deviceOf([...facts, ...given([enrolled, issued('09')])])).toMatchObject({ org: 'org_a', state: 'active' });
  });
});

describe('quarantine of a device', () => {
  const request = { btu: 'B1', by: 'ingest', reason: 'too often' };
  const locked: DeviceFact = { type: 'device-quarantined', data: { ...request, cause: 'offences' } };
  const released: DeviceFact = { type: 'device-released', data: request };
  const active = deviceOf(given([enrolled, issued('01')]));
  const away = deviceOf(given([enrolled, issued('01'), locked]));

  it('locks and releases, each once', () => {
    expect(quarantineDevice(active, 'org_a', 'offences', request)).toEqual({ ok: true, value: [locked] });
    expect(quarantineDevice(away, 'org_a', 'offences', request)).toMatchObject({ ok: false, code: 'conflict' });
    expect(releaseDevice(away, 'org_a', request)).toEqual({ ok: true, value: [released] });
    expect(releaseDevice(active, 'org_a', request)).toMatchObject({ ok: false, code: 'conflict' });
    expect(deviceOf(given([enrolled, issued('01'), locked, released])).state).toBe('active');
  });

  it('belongs to the organisation of the device, and a new certificate does not end it', () => {
    for (const decide of [
      quarantineDevice(active, 'org_b', 'operator', request),
      releaseDevice(away, 'org_b', request),
    ])
      expect(decide).toMatchObject({ ok: false, code: 'not_found' });
    expect(deviceOf(given([enrolled, issued('01'), locked, issued('02')])).state).toBe('quarantined');
  });
});
