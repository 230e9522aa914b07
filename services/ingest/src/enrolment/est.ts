import { describeError } from '@quaywatch/kernel';
import { Refused, type AuditTrail, type Logger } from '@quaywatch/runtime';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { DeviceCommands } from '../devices/device-commands';
import type { DeviceGate } from '../devices/device-gate';
import type { Authorities } from '../pki/authorities';
import { certsOnly } from '../pki/certs-only';
import { der } from '../pki/der';
import type { Claims } from './claims';
import { TryLimit } from './try-limit';

/** What the enrolment server works with. */
export interface EstParts {
  readonly authorities: Authorities;
  readonly gate: DeviceGate;
  readonly commands: DeviceCommands;
  readonly claims: Claims;
  readonly audit: AuditTrail;
  readonly logger: Logger;
  /** Organisation in whose trail refusals of unknown devices are written. */
  readonly platformOrg: string;
}

const mostBytes = 16_384;
const root = '/.well-known/est/';
const certificates = 'application/pkcs7-mime; smime-type=certs-only';

/** id-ecPublicKey on P-256, signed by ecdsa-with-SHA256: what we would like; other strong keys are taken as well. */
const attributes = (() => {
  const oid = (hex: string): Uint8Array => der(6, Buffer.from(hex, 'hex'));
  const key = der(0x30, oid('2a8648ce3d0201'), der(0x31, oid('2a8648ce3d030107')));
  return der(0x30, key, oid('2a8648ce3d040302'));
})();

/** An answer that is not 200. */
class Answer extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/**
 * Enrolment over secure transport (RFC 7030): cacerts, csrattrs, simpleenroll with a one-time claim code (HTTP Basic,
 * serial and code), simplereenroll with the certificate that is good now. Every refusal is audited; who fails too often
 * waits.
 */
export class Est {
  private readonly byAddress = new TryLimit(30, 600);
  private readonly bySerial = new TryLimit(10, 600);
  private readonly renewals = new TryLimit(20, 3600);

  constructor(private readonly parts: EstParts) {}

  /** Answers a request under `/.well-known/est/`; false when it is none. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (!path.startsWith(root)) return false;
    // RFC 7030, 3.2.2: a label may stand before the operation; it chooses nothing here.
    const parts = path.slice(root.length).split('/');
    const operation = parts.length <= 2 ? `${request.method ?? ''} ${parts.at(-1) ?? ''}` : '';
    try {
      if (operation === 'GET cacerts') this.send(response, certificates, await this.anchors(request));
      else if (operation === 'GET csrattrs') this.send(response, 'application/csrattrs', attributes);
      else if (operation === 'POST simpleenroll') this.send(response, certificates, await this.enrol(request));
      else if (operation === 'POST simplereenroll') this.send(response, certificates, await this.renew(request));
      else throw new Answer(404, 'No such operation.');
    } catch (error) {
      this.refuse(request, response, error);
    }
    return true;
  }

  /** Roots, and below them the CA of the organisation for those who show that they are of it. */
  private anchors(request: IncomingMessage): Promise<Uint8Array> {
    const { authorities, gate } = this.parts;
    const roots = authorities.anchorList;
    const verdict = gate.verdict(request.socket as TLSSocket);
    const org = verdict.ok ? verdict.device.authorityOrg : null;
    const issuing = org === null ? [] : authorities.issuing(org).map((one) => one.certificate);
    return Promise.resolve(certsOnly([...roots, ...issuing]));
  }

  private async enrol(request: IncomingMessage): Promise<Uint8Array> {
    const address = request.socket.remoteAddress ?? 'unknown';
    const credentials = basic(request.headers.authorization);
    const { btu, code } = credentials ?? { btu: 'unknown', code: '' };
    const wait = Math.max(await this.byAddress.waitOf(address), credentials ? await this.bySerial.waitOf(btu) : 0);
    if (wait > 0) throw new Answer(429, 'Too many tries: wait.', { 'retry-after': String(wait) });
    const ask = { 'www-authenticate': 'Basic realm="quaywatch enrolment", charset="UTF-8"' };
    if (!credentials) throw new Answer(401, 'Give the serial of the BTU and its claim code.', ask);
    const claim = await this.parts.claims.find(btu, code);
    if (!claim) {
      await this.byAddress.count(address);
      if (!(await this.bySerial.count(btu))) this.refused(btu, address, 'device.enrol', 'TOO_MANY_TRIES');
      this.refused(btu, address, 'device.enrol', 'CLAIM_REFUSED');
      throw new Answer(401, 'The claim code is not good (any more).', ask);
    }
    const csr = await readRequest(request);
    const actor = { org: claim.org, kind: 'device' as const, id: btu, address };
    const issued = await this.parts.commands
      .enrol(actor, btu, csr, {
        action: 'device.enrol',
        within: (tx) => this.parts.claims.redeem(tx, claim),
      })
      .catch((error: unknown) => {
        if (error instanceof Refused) this.refused(btu, address, 'device.enrol', error.message, claim.org);
        throw error;
      });
    return certsOnly([issued.pem]);
  }

  private async renew(request: IncomingMessage): Promise<Uint8Array> {
    const address = request.socket.remoteAddress ?? 'unknown';
    const verdict = this.parts.gate.verdict(request.socket as TLSSocket);
    if (!verdict.ok) {
      this.refused(verdict.btu ?? 'unknown', address, 'device.renew', verdict.reason);
      throw new Answer(403, 'The certificate is not good for this.');
    }
    const { btu } = verdict.device;
    const admission = await this.parts.gate.admit(verdict.device);
    if (!admission.ok) {
      this.refused(btu, address, 'device.renew', admission.reason, admission.org);
      throw new Answer(403, 'The certificate is not good for this.');
    }
    if (!(await this.renewals.count(btu))) throw new Answer(429, 'Too many renewals: wait.', { 'retry-after': '3600' });
    const csr = await readRequest(request);
    const actor = { org: admission.device.org, kind: 'device' as const, id: btu, address };
    const issued = await this.parts.commands
      .enrol(actor, btu, csr, { action: 'device.renew' })
      .catch((error: unknown) => {
        if (error instanceof Refused) this.refused(btu, address, 'device.renew', error.message, admission.device.org);
        throw error;
      });
    return certsOnly([issued.pem]);
  }

  private send(response: ServerResponse, type: string, body: Uint8Array): void {
    const text = Buffer.from(body)
      .toString('base64')
      .replace(/(.{76})/g, '$1\r\n');
    response.writeHead(200, { 'content-type': type, 'content-transfer-encoding': 'base64' }).end(`${text}\r\n`);
  }

  private refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (!(error instanceof Answer || error instanceof Refused))
      this.parts.logger.warn({ reason: describeError(error) }, 'enrolment failed');
    const [status, text] =
      error instanceof Answer
        ? [error.status, error.message]
        : error instanceof Refused
          ? [({ invalid: 400, forbidden: 403 } as Record<string, number>)[error.code] ?? 409, error.message]
          : [503, 'Try again later.'];
    const headers = error instanceof Answer ? error.headers : status === 503 ? { 'retry-after': '30' } : {};
    // What was not read of the request must not be taken for the next one.
    response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(`${text}\n`, () => void request.destroy());
  }

  /** Audits a device that was not let in. */
  refused(btu: string, address: string, action: string, reason: string, org = this.parts.platformOrg): void {
    const id = btu.slice(0, 64);
    this.parts.logger.warn({ btu: id, address, action, reason }, 'refused');
    this.parts.audit
      .write({
        org,
        class: 'device',
        actor: { kind: 'device', id },
        action,
        target: { kind: 'btu', id },
        outcome: 'refused',
        reason,
        address,
      })
      .catch((cause: unknown) =>
        this.parts.logger.error({ reason: describeError(cause) }, 'audit event could not be written'),
      );
  }
}

function basic(header: string | undefined): { btu: string; code: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]{1,512})$/i.exec(header ?? '')?.[1];
  const [, btu, code] = /^([^:]{1,64}):(.{1,64})$/.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? [];
  return btu && code ? { btu, code } : undefined;
}

/** The signing request in the body: base64 as RFC 7030 has it, or PEM; as DER or PEM. */
async function readRequest(request: IncomingMessage): Promise<string | Uint8Array> {
  if (!/^application\/pkcs10\b/i.test(request.headers['content-type'] ?? ''))
    throw new Answer(415, 'Send a signing request as application/pkcs10.');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > mostBytes) throw new Answer(413, 'The signing request is too large.');
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString('latin1');
  return text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64');
}
