import * as x509 from '@peculiar/x509';
import type { CallerCertificate } from '@quaywatch/runtime';
import { createHash, X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isAlive } from '../clients/proofs';

interface Seen {
  readonly address: string | null;
  readonly certificate: CallerCertificate | undefined;
}

/** What the gateway saw of who made a request, as its signed token says; never from a header. */
const seen = new WeakMap<IncomingMessage, Seen>();

/** Notes what the gateway saw. */
export const noteSeen = (req: IncomingMessage, what: Seen): void => void seen.set(req, what);

/** From which network address a request comes. */
export const addressSeen = (req: IncomingMessage): string | null => seen.get(req)?.address ?? null;

/** The certificate of a request as the OpenID provider wants it; one that is not valid at this time is none. */
export function certificateOf(req: IncomingMessage, now: number): X509Certificate | undefined {
  const found = seen.get(req)?.certificate;
  if (!found) return undefined;
  const certificate = new X509Certificate(Buffer.from(found.der, 'base64'));
  return isAlive(certificate, now) ? certificate : undefined;
}

/** Whether an authority that this installation trusts for callers has issued the certificate of a request. */
export const isVerified = (req: IncomingMessage): boolean => seen.get(req)?.certificate?.verified === true;

/** Whether a certificate bears exactly this alternative name; `kind` is the client metadata's word for it. */
export function bears(certificate: X509Certificate, kind: string, name: string): boolean {
  const type = { tls_client_auth_san_dns: 'dns', tls_client_auth_san_uri: 'url' }[kind];
  const names = new x509.X509Certificate(certificate.raw).getExtension(x509.SubjectAlternativeNameExtension);
  return (names?.names.items ?? []).some((one) => one.type === type && one.value === name);
}

/** SHA-256 of a certificate as in tokens that are bound to it (`x5t#S256`). */
export const thumbprintOf = ({ der }: CallerCertificate): string =>
  createHash('sha256').update(Buffer.from(der, 'base64')).digest('base64url');
