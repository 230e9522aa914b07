import { describe, expect, it } from '@jest/globals';
import { verdictOn, type Handshake } from './tls-verdict';

const good: Handshake = {
  authorized: true,
  peer: {
    subjectaltname: 'URI:urn:quaywatch:btu:B1',
    serialNumber: '00AB',
    ext_key_usage: ['1.3.6.1.5.5.7.3.2'],
    valid_to: 'Nov 23 19:22:57 2027 GMT',
  },
};
const bad = (more: Partial<Handshake>): unknown => verdictOn({ ...good, ...more });

describe('verdict on a handshake', () => {
  it('knows the device by its certificate', () => {
    expect(verdictOn(good)).toEqual({
      ok: true,
      device: { btu: 'B1', serial: 'ab', notAfter: Date.UTC(2027, 10, 23, 19, 22, 57) },
    });
  });

  it.each<[string, Partial<Handshake>, object]>([
    ['no certificate', { authorized: false, peer: {} }, { reason: 'NO_CERTIFICATE', btu: undefined }],
    [
      'what OpenSSL refuses',
      { authorized: false, authorizationError: 'CERT_HAS_EXPIRED' },
      { reason: 'CERT_HAS_EXPIRED', btu: 'B1' },
    ],
    [
      'what OpenSSL refuses, as an error',
      { authorized: false, authorizationError: Object.assign(new Error('x'), { code: 'INVALID_CA' }) },
      { reason: 'INVALID_CA' },
    ],
    ['an unproven certificate without a word why', { authorized: false }, { reason: 'NOT_VERIFIED' }],
    ['a server', { peer: { ...good.peer, ext_key_usage: ['1.3.6.1.5.5.7.3.1'] } }, { reason: 'INVALID_PURPOSE' }],
    ['no purpose', { peer: { ...good.peer, ext_key_usage: undefined } }, { reason: 'INVALID_PURPOSE' }],
    ['no SAN', { peer: { ...good.peer, subjectaltname: undefined } }, { reason: 'NO_DEVICE_IDENTITY' }],
    [
      'two identities',
      { peer: { ...good.peer, subjectaltname: 'URI:urn:quaywatch:btu:B1, URI:urn:quaywatch:btu:B2' } },
      { reason: 'NO_DEVICE_IDENTITY' },
    ],
    [
      'a name that only looks like one',
      { peer: { ...good.peer, subjectaltname: 'DNS:"URI:urn:quaywatch:btu:B1"' } },
      { reason: 'NO_DEVICE_IDENTITY' },
    ],
  ])('refuses %s', (_, more, expected) => {
    expect(bad(more)).toMatchObject({ ok: false, ...expected });
  });
});
