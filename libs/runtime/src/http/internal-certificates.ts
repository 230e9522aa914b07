import { days } from '@quaywatch/kernel';
import * as x509 from '@peculiar/x509';
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const authorityName = 'CN=Quaywatch between services';
const [authorityLife, serviceLife, ago] = [days(3650), days(825), days(1)];

/** A certificate and its key, PEM. */
export interface InternalCertificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority that issues for services and nothing else; `authority` is its certificate. */
export interface IssuedCertificates<Name extends string> {
  readonly authority: string;
  /** To be kept where no service reads it: whoever has it can stand in for every service. */
  readonly authorityKey: string;
  readonly certificates: Readonly<Record<Name, InternalCertificate>>;
}

/**
 * Certificates for mutual TLS between services, good from a day before `now` (ms) for 825 days: each bears the host
 * names by which its service is called. Issued by `by`, or by a new authority that is good for ten years.
 */
export async function issueInternalCertificates<Name extends string>(
  names: Readonly<Record<Name, readonly string[]>>,
  now: number,
  by?: InternalCertificate,
): Promise<IssuedCertificates<Name>> {
  x509.cryptoProvider.set(webcrypto as never);
  const authority = by ? await keysOf(by.key) : await makeKeys();
  const span = (life: number): { notBefore: Date; notAfter: Date } => ({
    notBefore: new Date(now - ago),
    notAfter: new Date(now + life),
  });
  const common = {
    issuer: authorityName,
    signingAlgorithm: algorithm,
    signingKey: authority.signing as never,
  };
  const root =
    by?.cert ??
    (
      await x509.X509CertificateGenerator.create({
        ...common,
        ...span(authorityLife),
        serialNumber: serial(),
        subject: authorityName,
        publicKey: authority.verifying as never,
        extensions: [
          new x509.BasicConstraintsExtension(true, 0, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        ],
      })
    ).toString('pem');
  const issued: [string, InternalCertificate][] = [];
  for (const [name, hosts] of Object.entries<readonly string[]>(names)) {
    const keys = await makeKeys();
    const made = await x509.X509CertificateGenerator.create({
      ...common,
      ...span(serviceLife),
      serialNumber: serial(),
      subject: `CN=${name}`,
      publicKey: keys.verifying as never,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        new x509.SubjectAlternativeNameExtension(hosts.map((value) => ({ type: 'dns', value }))),
      ],
    });
    issued.push([name, { cert: made.toString('pem'), key: keys.pem }]);
  }
  return {
    authority: root,
    authorityKey: authority.pem,
    certificates: Object.fromEntries(issued) as Record<Name, InternalCertificate>,
  };
}

interface Keys {
  readonly pem: string;
  readonly signing: webcrypto.CryptoKey;
  readonly verifying: webcrypto.CryptoKey;
}

const makeKeys = (): Promise<Keys> =>
  keysOf(
    generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    }).privateKey,
  );

async function keysOf(pem: string): Promise<Keys> {
  const open = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  const secret = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  const { subtle } = webcrypto;
  return {
    pem,
    signing: await subtle.importKey('pkcs8', secret, algorithm, false, ['sign']),
    verifying: await subtle.importKey('spki', open, algorithm, true, ['verify']),
  };
}

const serial = (): string => `40${randomBytes(15).toString('hex')}`;
