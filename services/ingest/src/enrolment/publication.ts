import { hours } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authorities, Authority } from '../pki/authorities';
import { answerOcsp, type Responder, type SerialStatus } from '../pki/ocsp';
import { makeRevocationList } from '../pki/revocation-list';

const mostBytes = 8192;

/** Publishes what became of certificates: `/pki/<authority>.crl` (RFC 5280) and `/pki/ocsp` (RFC 6960). */
export class Publisher {
  private readonly lists = new Map<string, { print: string; madeAt: number; list: Promise<Uint8Array> }>();

  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly authorities: Authorities,
  ) {}

  /** Answers a request under `/pki/`; false when it is none. Rejects when the record cannot be read. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (!path.startsWith('/pki/')) return false;
    const send = (type: string, body: Uint8Array, age: number): void =>
      void response
        .writeHead(200, { 'content-type': type, 'content-length': body.length, 'cache-control': `max-age=${age}` })
        .end(body);
    const [, id] = /^\/pki\/(\w+)\.(?:crl|cer)$/.exec(path) ?? [];
    const authority = id === undefined ? undefined : this.signing.find((one) => one.authority === id);
    if (request.method === 'GET' && authority && path.endsWith('.crl'))
      send('application/pkix-crl', await this.list(authority), 300);
    else if (request.method === 'GET' && authority) send('application/pkix-cert', authority.x509.raw, 86_400);
    else if (path === '/pki/ocsp' && request.method === 'POST')
      send('application/ocsp-response', await this.ocsp(await bodyOf(request)), 0);
    else if (path.startsWith('/pki/ocsp/') && request.method === 'GET')
      send('application/ocsp-response', await this.ocsp(fromPath(path)), 300);
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('There is nothing here.\n');
    return true;
  }

  /** The revocation list of a CA: what is revoked now, made anew each hour at least. */
  async list(authority: Authority): Promise<Uint8Array> {
    const rows = await this.store.transact((tx) =>
      tx.query<{ serial: string; revoked_at: number }>(
        `select serial, revoked_at from certificate
         where authority = $1 and revoked_at is not null and not_after > $2 order by revoked_at, serial`,
        [authority.authority, this.clock.now()],
      ),
    );
    const print = `${rows.length} ${rows.at(-1)?.revoked_at ?? 0}`;
    const known = this.lists.get(authority.authority);
    if (known?.print === print && known.madeAt > this.clock.now() - hours(1)) return known.list;
    const revoked = rows.map((row) => ({ serial: row.serial, at: row.revoked_at }));
    const list = makeRevocationList(this.authorities.issuerOf(authority), revoked, this.clock.now());
    this.lists.set(authority.authority, { print, madeAt: this.clock.now(), list });
    list.catch(() => this.lists.delete(authority.authority));
    return list;
  }

  /** The CAs whose key we have. */
  private get signing(): readonly Authority[] {
    return this.authorities.all.filter((one) => one.keyRef !== null);
  }

  private ocsp(request: Uint8Array): Promise<Uint8Array> {
    const responders = this.signing.map((authority): Responder => ({
      issuer: this.authorities.issuerOf(authority),
      statusOf: (serials) => this.statusOf(authority, serials),
    }));
    return answerOcsp(request, responders, this.clock.now());
  }

  private async statusOf(authority: Authority, serials: readonly string[]): Promise<ReadonlyMap<string, SerialStatus>> {
    const rows = await this.store.transact((tx) =>
      tx.query<{ serial: string; revoked_at: number | null }>(
        'select serial, revoked_at from certificate where authority = $1 and serial = any($2)',
        [authority.authority, serials],
      ),
    );
    return new Map(
      rows.map(({ serial, revoked_at }) => [
        serial,
        revoked_at === null ? { kind: 'good' } : { kind: 'revoked', at: revoked_at },
      ]),
    );
  }
}

const fromPath = (path: string): Uint8Array =>
  path.length > mostBytes ? new Uint8Array() : Buffer.from(safeDecode(path.slice('/pki/ocsp/'.length)), 'base64');

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    // Too large to be one: answered as malformed.
    if (size > mostBytes) return new Uint8Array();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
