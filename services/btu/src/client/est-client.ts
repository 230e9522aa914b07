import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { Fault, seconds } from '@quaywatch/kernel';
import { createHash, X509Certificate } from 'node:crypto';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Identity } from './identity';

const mostBytes = 256 * 1024;

/** What goes with a request to the enrolment server. */
interface Call {
  readonly method: 'GET' | 'POST';
  readonly tls: RequestOptions;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/**
 * The client side of enrolment over secure transport (RFC 7030). `url` is that of the server, `https://host:port`.
 * Rejects with Fault `EST_REFUSED` (the server said no, its words in the message) or `EST_UNREACHABLE` (retryable).
 */
export class EstClient {
  constructor(private readonly url: string) {}

  /**
   * The roots to trust, PEM, fetched from a server that nothing is known of yet but the SHA-256 of its root
   * (`fingerprint`, hex). Fault `EST_UNTRUSTED` when that root is not among them.
   */
  async rootsByFingerprint(fingerprint: string): Promise<string> {
    const roots = await this.roots({ rejectUnauthorized: false });
    const wanted = fingerprint.replaceAll(':', '').toLowerCase();
    const found = roots.find(
      (pem) => createHash('sha256').update(new X509Certificate(pem).raw).digest('hex') === wanted,
    );
    // Only that one: whoever is in between may have added some of their own.
    if (!found) throw new Fault('EST_UNTRUSTED', `the server does not have the root ${wanted}`);
    return found;
  }

  /** The first certificate of a device, PEM, by its one-time claim code. */
  async enrol(ca: string, serial: string, code: string, csr: string): Promise<string> {
    const authorization = `Basic ${Buffer.from(`${serial}:${code}`).toString('base64')}`;
    return this.certificate('simpleenroll', { ca }, csr, { authorization });
  }

  /** A new certificate for the request, PEM, by the present identity; with the roots to trust from now on. */
  async renew(identity: Identity, csr: string): Promise<{ certificate: string; ca: string }> {
    const tls = { ca: identity.ca, key: identity.key, cert: identity.certificate };
    const certificate = await this.certificate('simplereenroll', tls, csr);
    return { certificate, ca: (await this.roots({ ca: identity.ca })).join('\n') + '\n' };
  }

  private async roots(tls: RequestOptions): Promise<string[]> {
    const all = await this.certificates(await this.call('cacerts', { method: 'GET', tls }));
    return all
      .map((one) => one.toString('pem'))
      .filter((pem) => {
        const parsed = new X509Certificate(pem);
        return parsed.checkIssued(parsed);
      });
  }

  private async certificate(
    operation: string,
    tls: RequestOptions,
    csr: string,
    headers: Record<string, string> = {},
  ): Promise<string> {
    const body = Buffer.from(new x509.Pkcs10CertificateRequest(csr).rawData).toString('base64');
    const type = { 'content-type': 'application/pkcs10', 'content-transfer-encoding': 'base64' };
    const answer = await this.call(operation, { method: 'POST', tls, headers: { ...headers, ...type }, body });
    const [issued] = await this.certificates(answer);
    if (!issued) throw new Fault('EST_REFUSED', `${operation}: the answer holds no certificate`);
    return issued.toString('pem');
  }

  private certificates(answer: string): Promise<x509.X509Certificate[]> {
    try {
      return Promise.resolve([...new x509.X509Certificates(Buffer.from(answer, 'base64'))]);
    } catch (cause) {
      return Promise.reject(new Fault('EST_REFUSED', 'the answer cannot be read', { cause }));
    }
  }

  private call(operation: string, { method, tls, headers, body }: Call): Promise<string> {
    return new Promise((resolve, reject) => {
      const unreachable = (cause: unknown): void =>
        reject(new Fault('EST_UNREACHABLE', `no answer from ${this.url}`, { cause, retryable: true }));
      const options = {
        method,
        headers,
        agent: false as const,
        minVersion: 'TLSv1.2' as const,
        timeout: seconds(20),
        ...tls,
      };
      const request = httpsRequest(new URL(`/.well-known/est/${operation}`, this.url), options, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > mostBytes) request.destroy(new Error('the answer is too large'));
          else chunks.push(chunk);
        });
        response.once('error', unreachable);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString('latin1');
          const status = response.statusCode ?? 0;
          if (status === 200) resolve(text);
          else if (status === 429 || status >= 500) unreachable(new Error(`${status} ${text.trim()}`));
          else reject(new Fault('EST_REFUSED', `${operation}: ${status} ${text.trim().slice(0, 200)}`));
        });
      });
      request.once('timeout', () => request.destroy(new Error('time-out')));
      request.once('error', unreachable);
      request.end(body);
    });
  }
}
