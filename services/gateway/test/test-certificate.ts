import * as x509 from '@peculiar/x509';
import { generateKeyPairSync, webcrypto, type JsonWebKey } from 'node:crypto';

x509.cryptoProvider.set(webcrypto as never);
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A certificate and its key, PEM, and what is needed to sign others with it. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  readonly issuer: { readonly name: string; readonly key: webcrypto.CryptoKey };
}

/** A certificate for `name`: of its own, or signed by `by`; good from two minutes ago for `life` ms from now on. */
export async function testCertificate(
  name: string,
  by?: TestCertificate['issuer'],
  life = 86_400_000,
): Promise<TestCertificate> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = privateKey.export({ format: 'jwk' }) as JsonWebKey;
  const key = await webcrypto.subtle.importKey('jwk', jwk, algorithm, true, ['sign']);
  const { d: _, ...open } = jwk;
  const publicKey = await webcrypto.subtle.importKey('jwk', { ...open, key_ops: ['verify'] }, algorithm, true, [
    'verify',
  ]);
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(8))).toString('hex'),
    subject: `CN=${name}`,
    issuer: by?.name ?? `CN=${name}`,
    notBefore: new Date(Date.now() - 120_000),
    notAfter: new Date(Date.now() + life),
    signingAlgorithm: algorithm,
    publicKey: publicKey as never,
    signingKey: (by?.key ?? key) as never,
    extensions: [
      new x509.BasicConstraintsExtension(by === undefined, undefined, true),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: name },
        { type: 'ip', value: '127.0.0.1' },
      ]),
    ],
  });
  return {
    cert: made.toString('pem'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    issuer: { name: `CN=${name}`, key },
  };
}
