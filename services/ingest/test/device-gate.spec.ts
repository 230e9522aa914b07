import 'reflect-metadata';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '@quaywatch/ports/testing';
import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { DeviceGate } from '../src/devices/device-gate';
import { oddCertificate, strangeAuthority } from './test-authority';

const hour = 3_600_000;

/** The gate in front of a certificate whose verdict it remembers: nothing that may change meanwhile is remembered. */
describe('a verdict that is remembered', () => {
  let clock: FakeClock;
  let gate: DeviceGate;
  let certificate: X509Certificate;
  let trusted = true;
  /** How often the signature was looked at. */
  let signatures = 0;
  const authority = { authority: 'cau_1', kind: 'issuing', org: 'org_a' };
  const verdict = (authorized = true): string => {
    const socket = { authorized, authorizationError: 'INVALID_CA', getPeerX509Certificate: () => certificate };
    const answer = gate.verdict(socket as unknown as TLSSocket);
    return answer.ok ? answer.device.btu : answer.reason;
  };

  beforeEach(async () => {
    clock = new FakeClock();
    const life = { from: clock.now() - hour, to: clock.now() + hour };
    const made = await oddCertificate(await strangeAuthority('Ours'), { btu: 'B1', ...life });
    certificate = new X509Certificate(made.cert);
    [trusted, signatures] = [true, 0];
    gate = new DeviceGate({
      clock,
      store: {} as never,
      authorities: {
        signedBy: () => (signatures++, trusted ? authority : undefined),
        find: () => (trusted ? authority : undefined),
      } as never,
      overlap: 0,
      onFirstUse: () => undefined,
      onPresented: () => Promise.resolve('DEVICE_PENDING'),
      offences: { most: 0, window: 0 },
      onOffender: () => undefined,
    });
    expect(verdict()).toBe('B1');
  });

  it('is not made again', () => {
    expect(verdict()).toBe('B1');
    expect(signatures).toBe(1);
  });

  it('does not outlive the certificate', async () => {
    await clock.advance(hour);
    expect(verdict()).toBe('CERT_HAS_EXPIRED');
  });

  it('is not good before the certificate is', () => {
    clock.now = () => Date.parse(certificate.validFrom) - 1;
    expect(verdict()).toBe('CERT_NOT_YET_VALID');
  });

  it('does not outlive the trust in its CA', () => {
    trusted = false;
    expect(verdict()).toBe('AUTHORITY_UNKNOWN');
  });

  it('does not outlive a revocation', async () => {
    const serial = certificate.serialNumber.toLowerCase().replace(/^0+/, '');
    await gate.refresh({ query: <T>() => Promise.resolve([{ btu: 'B1', serial }] as T[]) });
    expect(verdict()).toBe('CERT_REVOKED');
  });

  it('says nothing against OpenSSL', () => {
    expect(verdict(false)).toBe('INVALID_CA');
  });
});
