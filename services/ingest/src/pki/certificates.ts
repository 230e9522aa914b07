import 'reflect-metadata';
import { btuSerial } from '@quaywatch/contracts';
import { accept, days, hours, refuse, type Decision, type Instant } from '@quaywatch/kernel';
import * as x509 from '@peculiar/x509';
import { webcrypto } from 'node:crypto';

type CryptoKey = webcrypto.CryptoKey;

x509.cryptoProvider.set(webcrypto as never);

const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** What a device's SAN starts with; the serial follows. */
export const identityPrefix = 'urn:quaywatch:btu:';

/** Key and certificate of something that we are, as PEM. */
export interface Credentials {
  readonly keyPem: string;
  readonly certificatePem: string;
}

/** A certificate that was issued. */
export interface IssuedCertificate {
  readonly pem: string;
  /** Lower-case hex. */
  readonly serial: string;
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
}

/** Makes a private CA: P-256, 20 years, may sign certificates and revocation lists and nothing below itself. */
export async function makeAuthority(name: string, now: Instant): Promise<Credentials> {
  const keys = await webcrypto.subtle.generateKey(signing, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: `CN=${name}`,
    notBefore: new Date(now - hours(24)),
    notAfter: new Date(now + days(7300)),
    signingAlgorithm: signing,
    keys: keys as webcrypto.CryptoKeyPair,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as CryptoKey),
    ],
  });
  return { keyPem: await keyToPem(keys.privateKey as CryptoKey), certificatePem: certificate.toString('pem') };
}

/** A certificate for our own TLS port, for these DNS names and addresses. */
export async function makeServer(authority: Credentials, names: readonly string[], now: Instant): Promise<Credentials> {
  const keys = await webcrypto.subtle.generateKey(signing, true, ['sign', 'verify']);
  const san = names.map((name) => ({ type: /^[\d.]+$|:/.test(name) ? ('ip' as const) : ('dns' as const), value: name }));
  const certificate = await sign(authority, {
    publicKey: keys.publicKey as CryptoKey,
    subject: `CN=${names[0] ?? 'quaywatch'}`,
    usage: x509.ExtendedKeyUsage.serverAuth,
    san,
    notBefore: now - hours(24),
    notAfter: now + days(397),
  });
  return { keyPem: await keyToPem(keys.privateKey as CryptoKey), certificatePem: certificate.toString('pem') };
}

/**
 * Issues a device its certificate from its signing request (PEM): the request must be signed by its own key, the key
 * P-256 or stronger (RSA 2048 at least), the CN equal to `btu`. SAN and usage are ours, whatever the request asks for.
 */
export async function issueDevice(
  authority: Credentials,
  btu: string,
  csrPem: string,
  now: Instant,
  life: number,
): Promise<Decision<IssuedCertificate>> {
  if (!btuSerial.safeParse(btu).success) return refuse('invalid', `${btu} is not a BTU serial.`);
  let request: x509.Pkcs10CertificateRequest;
  try {
    request = new x509.Pkcs10CertificateRequest(csrPem);
  } catch {
    return refuse('invalid', 'The certificate signing request cannot be read: it must be PKCS#10 in PEM.');
  }
  if (!(await request.verify().catch(() => false))) return refuse('invalid', 'The request is not signed by its own key.');
  const weak = weakness(request.publicKey.algorithm as { name: string; namedCurve?: string; modulusLength?: number });
  if (weak) return refuse('invalid', weak);
  if (request.subjectName.getField('CN').join() !== btu) return refuse('invalid', `The request's CN is not ${btu}.`);
  const [notBefore, notAfter] = [now - hours(24), now + life];
  const certificate = await sign(authority, {
    publicKey: await request.publicKey.export(),
    subject: `CN=${btu}`,
    usage: x509.ExtendedKeyUsage.clientAuth,
    san: [{ type: 'url', value: identityPrefix + btu }],
    notBefore,
    notAfter,
  });
  return accept({
    pem: certificate.toString('pem'),
    serial: canonicalSerial(certificate.serialNumber),
    fingerprint: Buffer.from(await certificate.getThumbprint('SHA-256')).toString('hex'),
    notBefore,
    notAfter,
  });
}

/** A serial number as TLS reports it and as we store it: lower-case hex without leading zeros. */
export const canonicalSerial = (serial: string): string => serial.toLowerCase().replace(/^0+(?=.)/, '');

/** The serial of the BTU in a SAN text as node gives it (`URI:urn:quaywatch:btu:X, …`); undefined without exactly one. */
export function btuOfSan(san: string | undefined): string | undefined {
  const uris = (san ?? '').split(', ').filter((name) => name.startsWith(`URI:${identityPrefix}`));
  return uris.length === 1 ? uris[0]?.slice(`URI:${identityPrefix}`.length) : undefined;
}

interface Request {
  readonly publicKey: CryptoKey;
  readonly subject: string;
  readonly usage: x509.ExtendedKeyUsage;
  readonly san: readonly { type: 'ip' | 'dns' | 'url'; value: string }[];
  readonly notBefore: Instant;
  readonly notAfter: Instant;
}

async function sign(authority: Credentials, request: Request): Promise<x509.X509Certificate> {
  const issuer = new x509.X509Certificate(authority.certificatePem);
  return x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: request.subject,
    issuer: issuer.subject,
    notBefore: new Date(request.notBefore),
    notAfter: new Date(request.notAfter),
    signingAlgorithm: signing,
    publicKey: request.publicKey,
    signingKey: await keyFromPem(authority.keyPem),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([request.usage]),
      new x509.SubjectAlternativeNameExtension([...request.san]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(request.publicKey),
    ],
  });
}

function weakness(algorithm: { name: string; namedCurve?: string; modulusLength?: number }): string | undefined {
  if (algorithm.name.startsWith('RSA')) {
    return (algorithm.modulusLength ?? 0) < 2048 ? 'The key is too weak: RSA needs 2048 bits at least.' : undefined;
  }
  if (algorithm.name === 'ECDSA' && ['P-256', 'P-384', 'P-521'].includes(algorithm.namedCurve ?? '')) return undefined;
  return 'The key must be ECDSA P-256, P-384, P-521 or RSA.';
}

/** 127 random bits, never negative, never zero at the front. */
function newSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

async function keyToPem(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

const keyFromPem = (pem: string): Promise<CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), signing, false, ['sign']) as Promise<CryptoKey>;
