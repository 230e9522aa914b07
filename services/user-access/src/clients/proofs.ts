import { describeError } from '@quaywatch/kernel';
import { Refused } from '@quaywatch/runtime';
import { X509Certificate } from 'node:crypto';
import type { ClientRow, NewClient } from './clients';

type Method = ClientRow['method'];

/** True when a program proves itself by the certificate that it shows in the TLS handshake (RFC 8705). */
export const byCertificate = (method: Method): boolean =>
  method === 'tls_client_auth' || method === 'self_signed_tls_client_auth';

/** What each way to prove oneself needs, and no other has. */
const needs = {
  jwks: 'private_key_jwt',
  certificateName: 'tls_client_auth',
  certificates: 'self_signed_tls_client_auth',
};
const names = { jwks: 'jwks', certificateName: 'certificate_name', certificates: 'certificates' } as const;

/** Refuses a program that lacks what its way to prove itself needs, or brings what is for another. */
export function checkProofs(made: Pick<NewClient, 'method' | 'dpop' | 'certificateBound' | keyof typeof needs>): void {
  const wrong = (pointer: string, detail: string): never => {
    throw new Refused('invalid', detail, [{ pointer: `/${pointer}`, code: pointer, detail }]);
  };
  for (const what of Object.keys(needs) as (keyof typeof needs)[]) {
    const name = names[what];
    const given = made[what] !== undefined && made[what] !== null;
    if (given && made.method !== needs[what]) wrong(name, `${name} is for ${needs[what]} only.`);
    if (!given && made.method === needs[what]) wrong(name, `${needs[what]} needs ${name}.`);
  }
  if (made.dpop && made.certificateBound)
    wrong('certificate_bound', 'Tokens are bound to a key (dpop) or to a certificate, not to both.');
}

/** Certificates (PEM) as the key set by which the OpenID provider knows them again. */
export function keysOfCertificates(certificates: readonly string[], now: number): object {
  return {
    keys: certificates.map((pem, i) => {
      const wrong = (detail: string): Refused =>
        new Refused('invalid', detail, [{ pointer: `/certificates/${i}`, code: 'certificate', detail }]);
      let certificate: X509Certificate;
      try {
        certificate = new X509Certificate(pem);
      } catch (error) {
        throw wrong(`This is not a certificate: ${describeError(error)}`);
      }
      if (!isAlive(certificate, now)) throw wrong('This certificate is not valid now.');
      const { kty, ...rest } = certificate.publicKey.export({ format: 'jwk' });
      if (kty !== 'EC' && kty !== 'OKP' && kty !== 'RSA') throw wrong('Its key must be EC, OKP or RSA.');
      return { kty, ...rest, use: 'sig', kid: certificate.fingerprint256, x5c: [certificate.raw.toString('base64')] };
    }),
  };
}

/** Whether a certificate is good at this time, by its own dates. */
export const isAlive = (certificate: X509Certificate, now: number): boolean =>
  Date.parse(certificate.validFrom) <= now && now < Date.parse(certificate.validTo);

/** The registered name as OAuth client metadata (RFC 8705 2.1.2). */
export const registeredName = (name: ClientRow['certificate_name']): Record<string, string> => {
  if (name === null) return {};
  return 'dns' in name ? { tls_client_auth_san_dns: name.dns } : { tls_client_auth_san_uri: name.uri };
};
