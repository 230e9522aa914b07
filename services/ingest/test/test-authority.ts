import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { webcrypto } from 'node:crypto';
import { makeCertificate, makeRoot, type Issuer } from '../src/pki/certificates';

/** A CA that nobody at the platform has heard of. */
export async function strangeAuthority(name: string): Promise<Issuer> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const sign = async (data: Uint8Array): Promise<Uint8Array> =>
    new Uint8Array(await webcrypto.subtle.sign(algorithm, keys.privateKey, data));
  const spki = new Uint8Array(await webcrypto.subtle.exportKey('spki', keys.publicKey));
  const certificate = await makeRoot(name, { spki, sign }, Date.now());
  return { certificatePem: certificate.toString('pem'), sign };
}

/** What a certificate of a test should be like, where it differs from a good one. */
export interface OddCertificate {
  readonly btu: string;
  readonly from?: number;
  readonly to?: number;
  /** CN; the BTU's serial unless told. */
  readonly cn?: string;
  /** SANs; the device's own unless told. */
  readonly san?: readonly { type: 'url' | 'dns'; value: string }[];
  /** EKUs; clientAuth unless told. */
  readonly usages?: readonly x509.ExtendedKeyUsage[];
  readonly ca?: { readonly pathLength?: number };
  readonly serial?: string;
  readonly key?: { name: string; namedCurve?: string; modulusLength?: number; hash?: string };
  /** SPKI that goes in instead of its own key's. */
  readonly spki?: Uint8Array;
}

/** A certificate and its key, PEM, with an `Issuer` that signs with that key. */
export interface OddIdentity {
  readonly cert: string;
  readonly key: string;
  readonly issuer: Issuer;
  readonly certificate: x509.X509Certificate;
}

/** Signs whatever is asked for, as no CA of ours would. */
export async function oddCertificate(issuer: Issuer, odd: OddCertificate): Promise<OddIdentity> {
  const algorithm = {
    name: 'ECDSA',
    namedCurve: 'P-256',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    ...odd.key,
  };
  const keys = (await webcrypto.subtle.generateKey(algorithm as never, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const publicKey = await x509.PublicKey.create(keys.publicKey as never);
  const parent = new x509.X509Certificate(issuer.certificatePem);
  const san = odd.san ?? [{ type: 'url' as const, value: `urn:quaywatch:btu:${odd.btu}` }];
  const usages = odd.usages ?? [x509.ExtendedKeyUsage.clientAuth];
  const flags = x509.KeyUsageFlags.digitalSignature | (odd.ca ? x509.KeyUsageFlags.keyCertSign : 0);
  const certificate = await makeCertificate(parent.subjectName, issuer.sign, {
    publicKey: odd.spki ? new x509.PublicKey(odd.spki) : publicKey,
    subject: [{ CN: [odd.cn ?? odd.btu] }],
    notBefore: odd.from ?? Date.now() - 3_600_000,
    notAfter: odd.to ?? Date.now() + 86_400_000,
    serialNumber: odd.serial,
    extensions: [
      new x509.BasicConstraintsExtension(odd.ca !== undefined, odd.ca?.pathLength, true),
      new x509.KeyUsagesExtension(flags, true),
      ...(usages.length > 0 ? [new x509.ExtendedKeyUsageExtension([...usages])] : []),
      ...(san.length > 0 ? [new x509.SubjectAlternativeNameExtension([...san])] : []),
      await x509.AuthorityKeyIdentifierExtension.create(parent),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const cert = certificate.toString('pem');
  const sign = async (data: Uint8Array): Promise<Uint8Array> =>
    new Uint8Array(await webcrypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.privateKey, data));
  return { cert, key, certificate, issuer: { certificatePem: cert, sign } };
}
