import { describe, expect, it } from '@jest/globals';
import { verdictOn, type Handshake, type PeerFacts } from './tls-verdict';

const now = Date.UTC(2026, 0, 1);
const peer: PeerFacts = {
  serialNumber: '00AB',
  subject: 'CN=B1',
  subjectAltName: 'URI:urn:quaywatch:btu:B1',
  usages: ['1.3.6.1.5.5.7.3.2'],
  ca: false,
  validFrom: now - 1,
  validTo: now + 1,
  fingerprint: 'f1',
  digest: 'SHA-256',
  key: { type: 'ec', curve: 'prime256v1' },
  keyHash: 'k1',
};
const good: Handshake = { authorized: true, peer, signedBy: { authority: 'cau_1', org: 'org_a', kind: 'issuing' } };
const judged = (more: Partial<Handshake>, odd: Partial<PeerFacts> = {}): unknown =>
  verdictOn({ ...good, peer: { ...peer, ...odd }, ...more }, now);

describe('verdict on a handshake', () => {
  it('knows the device by its certificate', () => {
    expect(verdictOn(good, now)).toEqual({
      ok: true,
      device: {
        btu: 'B1',
        serial: 'ab',
        fingerprint: 'f1',
        notBefore: now - 1,
        notAfter: now + 1,
        authority: 'cau_1',
        authorityOrg: 'org_a',
        external: false,
        keyHash: null,
      },
    });
    const signedBy = { authority: 'cau_2', org: 'org_a', kind: 'external' };
    expect(verdictOn({ ...good, signedBy }, now)).toMatchObject({ device: { external: true, keyHash: 'k1' } });
  });

  it.each<[string, Partial<PeerFacts>]>([
    ['RSA 2048', { key: { type: 'rsa', bits: 2048 } }],
    ['P-384', { key: { type: 'ec', curve: 'secp384r1' } }],
    ['Ed25519', { key: { type: 'ed25519' } }],
    ['no CN', { subject: 'O=org_a' }],
  ])('takes %s', (_, odd) => {
    expect(judged({}, odd)).toMatchObject({ ok: true });
  });

  it.each<[string, Partial<Handshake>, Partial<PeerFacts>, object]>([
    ['no certificate', { authorized: false, peer: undefined }, {}, { reason: 'NO_CERTIFICATE', btu: undefined }],
    [
      'what OpenSSL refuses',
      { authorized: false, authorizationError: 'INVALID_CA' },
      {},
      { reason: 'INVALID_CA', btu: 'B1' },
    ],
    [
      'SHA-1',
      { authorized: false, authorizationError: 'UNSPECIFIED' },
      { digest: 'SHA-1' },
      { reason: 'WEAK_SIGNATURE' },
    ],
    [
      'what OpenSSL refuses, as an error',
      { authorized: false, authorizationError: Object.assign(new Error('x'), { code: 'INVALID_CA' }) },
      {},
      { reason: 'INVALID_CA' },
    ],
    ['an unproven certificate without a word why', { authorized: false }, {}, { reason: 'NOT_VERIFIED' }],
    ['a resumed session whose certificate has ended', {}, { validTo: now }, { reason: 'CERT_HAS_EXPIRED' }],
    ['a clock that went back', {}, { validFrom: now + 1 }, { reason: 'CERT_NOT_YET_VALID' }],
    ['dates that are none', {}, { validTo: NaN }, { reason: 'CERT_HAS_EXPIRED' }],
    ['a CA that is trusted no more', { signedBy: undefined }, {}, { reason: 'AUTHORITY_UNKNOWN' }],
    ['RSA 1024', {}, { key: { type: 'rsa', bits: 1024 } }, { reason: 'WEAK_KEY' }],
    ['a weak curve', {}, { key: { type: 'ec', curve: 'secp224r1' } }, { reason: 'WEAK_KEY' }],
    ['a kind of key that we do not know', {}, { key: { type: 'dsa' } }, { reason: 'WEAK_KEY' }],
    ['a CA as a device', {}, { ca: true }, { reason: 'CA_CERTIFICATE' }],
    ['a server', {}, { usages: ['1.3.6.1.5.5.7.3.1'] }, { reason: 'INVALID_PURPOSE' }],
    ['no purpose', {}, { usages: undefined }, { reason: 'INVALID_PURPOSE' }],
    ['no SAN', {}, { subjectAltName: undefined }, { reason: 'NO_DEVICE_IDENTITY' }],
    ['a serial that is none', {}, { subjectAltName: 'URI:urn:quaywatch:btu:a/#' }, { reason: 'NO_DEVICE_IDENTITY' }],
    [
      'two identities',
      {},
      { subjectAltName: 'URI:urn:quaywatch:btu:B1, URI:urn:quaywatch:btu:B2' },
      { reason: 'AMBIGUOUS_IDENTITY' },
    ],
    [
      'a name that only looks like one',
      {},
      { subjectAltName: 'DNS:"URI:urn:quaywatch:btu:B1"' },
      { reason: 'NO_DEVICE_IDENTITY' },
    ],
    ['another CN', {}, { subject: 'CN=B1\nCN=B2' }, { reason: 'CN_NOT_SAN' }],
  ])('refuses %s', (_, more, odd, expected) => {
    expect(judged(more, odd)).toMatchObject({ ok: false, ...expected });
  });
});
