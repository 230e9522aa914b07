import 'reflect-metadata';
import { btuSerial } from '@quaywatch/contracts';
import { accept, days, hours, refuse, type Decision, type Instant } from '@quaywatch/kernel';
import * as x509 from '@peculiar/x509';
import { createHash, webcrypto } from 'node:crypto';

x509.cryptoProvider.set(webcrypto as never);

const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** What a device's SAN starts with; the serial follows. */
export const identityPrefix = 'urn:quaywatch:btu:';

/** Key and certificate of something that we are, as PEM. */
export interface Credentials {
  readonly keyPem: string;
  readonly certificatePem: string;
}

/** Who signs: a CA's certificate and its key, wherever that is kept. */
export interface Issuer {
  readonly certificatePem: string;
  /** ECDSA P-256 with SHA-256, r and s side by side. */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/** Where the world finds the state of a CA's certificates; absent = the certificates do not say. */
export interface Publication {
  readonly crl: string;
  readonly ocsp: string;
}

/** A certificate that was issued. */
export interface IssuedCertificate {
  readonly pem: string;
  /** Lower-case hex. */
  readonly serial: string;
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
  /** SHA-256 of the public key (SPKI), lower-case hex. */
  readonly keyHash: string;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
}

/** What goes into a certificate; signed as it is. */
export interface CertificateContent {
  readonly publicKey: x509.PublicKey;
  readonly subject: x509.JsonName;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly extensions: readonly x509.Extension[];
  /** Random when absent. */
  readonly serialNumber?: string;
}

/** Signs a certificate. `issuer` null = it signs itself with `sign`. */
export function makeCertificate(
  issuerName: x509.Name | x509.JsonName,
  sign: Issuer['sign'],
  content: CertificateContent,
): Promise<x509.X509Certificate> {
  const signer = { subtle: { sign: (_: unknown, __: unknown, data: ArrayBuffer) => sign(new Uint8Array(data)) } };
  return x509.X509CertificateGenerator.create(
    {
      serialNumber: content.serialNumber ?? newSerial(),
      subject: new x509.Name(content.subject),
      issuer: issuerName instanceof x509.Name ? issuerName : new x509.Name(issuerName),
      notBefore: new Date(content.notBefore),
      notAfter: new Date(content.notAfter),
      signingAlgorithm: signing,
      publicKey: content.publicKey,
      signingKey: { algorithm: signing } as never,
      extensions: [...content.extensions],
    },
    signer as never,
  );
}

/** A root: signs issuing CAs and our own servers, one level below it at most. 20 years. */
export async function makeRoot(name: string, key: { spki: Uint8Array; sign: Issuer['sign'] }, now: Instant) {
  const publicKey = new x509.PublicKey(key.spki);
  const subject = [{ CN: [name] }];
  return makeCertificate(subject, key.sign, {
    publicKey,
    subject,
    notBefore: now - hours(24),
    notAfter: now + days(7300),
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
}

/** The CA of one organisation: signs devices only (its usage binds what is below it), nothing below itself. 10 years. */
export async function makeIssuing(root: Issuer, name: string, org: string, spki: Uint8Array, now: Instant) {
  const publicKey = new x509.PublicKey(spki);
  const parent = new x509.X509Certificate(root.certificatePem);
  return makeCertificate(parent.subjectName, root.sign, {
    publicKey,
    subject: [{ CN: [name] }, { O: [org.slice(0, 64)] }],
    notBefore: now - hours(24),
    notAfter: Math.min(now + days(3650), parent.notAfter.getTime()),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.ocspSigning]),
      await x509.AuthorityKeyIdentifierExtension.create(parent),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
}

/** A certificate for our own TLS ports, for these DNS names and addresses, with a fresh key. */
export async function makeServer(authority: Issuer, names: readonly string[], now: Instant): Promise<Credentials> {
  const keys = (await webcrypto.subtle.generateKey(signing, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const san = names.map((name) => ({
    type: /^[\d.]+$|:/.test(name) ? ('ip' as const) : ('dns' as const),
    value: name,
  }));
  const publicKey = await x509.PublicKey.create(keys.publicKey as never);
  const certificate = await signEnd(authority, {
    publicKey,
    subject: [{ CN: [names[0] ?? 'quaywatch'] }],
    usage: x509.ExtendedKeyUsage.serverAuth,
    san,
    notBefore: now - hours(24),
    notAfter: now + days(397),
  });
  const key = new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { keyPem: x509.PemConverter.encode(key, 'PRIVATE KEY'), certificatePem: certificate.toString('pem') };
}

/** A signing request as it was checked. */
export interface CheckedRequest {
  readonly publicKey: x509.PublicKey;
  readonly keyHash: string;
}

/**
 * Checks a device's signing request (PKCS#10, PEM or DER): signed by its own key, the key strong enough, the CN equal to
 * `btu`, no other name asked for.
 */
export async function checkRequest(btu: string, csr: string | Uint8Array): Promise<Decision<CheckedRequest>> {
  if (!btuSerial.safeParse(btu).success) return refuse('invalid', `${btu} is not a BTU serial.`);
  let request: x509.Pkcs10CertificateRequest;
  try {
    request = new x509.Pkcs10CertificateRequest(csr);
  } catch {
    return refuse('invalid', 'The certificate signing request cannot be read: it must be PKCS#10 in PEM.');
  }
  if (!(await request.verify().catch(() => false)))
    return refuse('invalid', 'The request is not signed by its own key.');
  const weak = weakness(request.publicKey.algorithm as { name: string; namedCurve?: string; modulusLength?: number });
  if (weak) return refuse('invalid', weak);
  if (request.subjectName.getField('CN').join() !== btu) return refuse('invalid', `The request's CN is not ${btu}.`);
  const names = request.extensions.flatMap((extension) =>
    extension instanceof x509.SubjectAlternativeNameExtension ? extension.names.items : [],
  );
  if (names.some((name) => name.type !== 'url' || name.value !== identityPrefix + btu))
    return refuse('invalid', `The request asks for other names than ${identityPrefix}${btu}.`);
  return accept({ publicKey: request.publicKey, keyHash: hashOf(request.publicKey.rawData) });
}

/** Issues a device its certificate from its signing request. SAN and usage are ours, whatever the request asks for. */
export async function issueDevice(
  authority: Issuer,
  btu: string,
  csr: string | Uint8Array,
  now: Instant,
  life: number,
  publication?: Publication,
): Promise<Decision<IssuedCertificate>> {
  const checked = await checkRequest(btu, csr);
  if (!checked.ok) return checked;
  const end = new x509.X509Certificate(authority.certificatePem).notAfter.getTime();
  // Whole seconds, as certificates have them.
  const [notBefore, notAfter] = [now - hours(24), Math.min(now + life, end)].map((at) => Math.floor(at / 1000) * 1000);
  const certificate = await signEnd(authority, {
    publicKey: checked.value.publicKey,
    subject: [{ CN: [btu] }],
    usage: x509.ExtendedKeyUsage.clientAuth,
    san: [{ type: 'url', value: identityPrefix + btu }],
    notBefore: notBefore as number,
    notAfter: notAfter as number,
    publication,
  });
  return accept({
    pem: certificate.toString('pem'),
    serial: canonicalSerial(certificate.serialNumber),
    fingerprint: hashOf(certificate.rawData),
    keyHash: checked.value.keyHash,
    notBefore: notBefore as number,
    notAfter: notAfter as number,
  });
}

/** SHA-256, lower-case hex. */
export const hashOf = (bytes: ArrayBuffer | Uint8Array): string =>
  createHash('sha256').update(new Uint8Array(bytes)).digest('hex');

/** The digest that a certificate (DER) is signed over with, e.g. `SHA-256`; undefined when it has none of its own. */
export const digestOf = (der: Uint8Array): string | undefined =>
  (new x509.X509Certificate(new Uint8Array(der)).signatureAlgorithm as { hash?: { name: string } }).hash?.name;

/** A serial number as TLS reports it and as we store it: lower-case hex without leading zeros. */
export const canonicalSerial = (serial: string): string => serial.toLowerCase().replace(/^0+(?=.)/, '');

/** The serial numbers of the BTUs in a SAN text as node gives it (`URI:urn:quaywatch:btu:X, …`). */
export const btusOfSan = (san: string | undefined): string[] =>
  (san ?? '')
    .split(', ')
    .filter((name) => name.startsWith(`URI:${identityPrefix}`))
    .map((name) => name.slice(`URI:${identityPrefix}`.length));

interface EndCertificate {
  readonly publicKey: x509.PublicKey;
  readonly subject: x509.JsonName;
  readonly usage: x509.ExtendedKeyUsage;
  readonly san: readonly { type: 'ip' | 'dns' | 'url'; value: string }[];
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly publication?: Publication;
}

async function signEnd(authority: Issuer, end: EndCertificate): Promise<x509.X509Certificate> {
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const { publication } = end;
  return makeCertificate(issuer.subjectName, authority.sign, {
    ...end,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([end.usage]),
      new x509.SubjectAlternativeNameExtension([...end.san]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(end.publicKey),
      ...(publication ? [new x509.CRLDistributionPointsExtension([publication.crl])] : []),
      ...(publication ? [new x509.AuthorityInfoAccessExtension({ ocsp: publication.ocsp })] : []),
    ],
  });
}

function weakness(algorithm: { name: string; namedCurve?: string; modulusLength?: number }): string | undefined {
  if (algorithm.name.startsWith('RSA')) {
    return (algorithm.modulusLength ?? 0) < 2048 ? 'The key is too weak: RSA needs 2048 bits at least.' : undefined;
  }
  if (algorithm.name === 'ECDSA' && ['P-256', 'P-384', 'P-521'].includes(algorithm.namedCurve ?? '')) return undefined;
  if (algorithm.name === 'Ed25519') return undefined;
  return 'The key must be ECDSA P-256, P-384, P-521, Ed25519 or RSA.';
}

/** 127 random bits, never negative, never zero at the front. */
function newSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}
