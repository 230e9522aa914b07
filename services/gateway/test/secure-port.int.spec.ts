import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyInternal } from '@quaywatch/runtime';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Edge } from '../src/edge/edge';
import type { Browser } from './browser';
import { Http2Caller } from './http2-caller';
import { testCertificate, type TestCertificate } from './test-certificate';
import { download, TwoServices } from './two-services';

const password = 'seven cranes at the quay';
const name = 'quaywatch.example.com';

let folder: string;
let two: TwoServices;
let authority: TestCertificate;
let server: TestCertificate;
let port: number;
let caller: Http2Caller;
let open: () => Promise<Http2Caller>;
let ada: Browser;
const files = (): Record<string, string> => ({
  TLS_CERT_FILE: join(folder, 'tls.crt'),
  TLS_KEY_FILE: join(folder, 'tls.key'),
  TLS_CALLER_CA_FILE: join(folder, 'ca.crt'),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quaywatch-tls-'));
  authority = await testCertificate('Test authority');
  server = await testCertificate(name, authority.issuer);
  await writeFile(join(folder, 'tls.crt'), server.cert);
  await writeFile(join(folder, 'tls.key'), server.key);
  await writeFile(join(folder, 'ca.crt'), authority.cert);
  two = await TwoServices.start(`https://${name}`, {
    HTTPS_PORT: '0',
    HTTPS_HOST: '127.0.0.1',
    TLS_ASK_CALLERS: 'true',
    ...files(),
  });
  port = two.gateway.app.get(Edge).httpsPort ?? 0;
  open = () => Http2Caller.open(`https://127.0.0.1:${port}`, { ca: authority.cert, servername: name });
  caller = await open();
  ada = two.browser(`https://127.0.0.1:${port}`, caller.fetch);
}, 60_000);
afterAll(async () => {
  caller?.close();
  await two?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('HTTP/2 on the public port', () => {
  it('carries the whole sign-in, the portal and the API', async () => {
    expect(caller.session.alpnProtocol).toBe('h2');
    const form = await ada.form((await two.setUpPath()) ?? '', { name: 'Ada', email: 'ada@example.com', password });
    const page = await ada.form(new URL(form.url).pathname, { email: 'ada@example.com', password });
    expect([page.status, page.url]).toEqual([200, `https://${name}/`]);
    expect(page.text).toContain('portal');
    expect(ada.cookieLines.some((line) => line.startsWith('__Host-quaywatch='))).toBe(true);
    const me = await ada.get('/v1/me');
    expect([me.status, (JSON.parse(me.text) as { email: string }).email]).toEqual([200, 'ada@example.com']);
    expect(me.headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
    expect(me.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(me.headers.get('ratelimit')).toMatch(/^"caller";r=/);
    expect((await ada.get('/assets/index-4f2a.js')).text).toBe('export {};');
    expect((await ada.get('/nothing.js')).status).toBe(404);
    expect((await ada.get('/v1/nothing')).status).toBe(404);
  });

  it('takes bodies up to 1 MiB, keeps the defence against other sites, and answers a repeated ETag', async () => {
    const name = 'a'.repeat(900_000);
    const made = await ada.json('POST', '/v1/terminals', { name });
    expect([made.status, (JSON.parse(made.text) as { body: string }).body.length]).toEqual([200, 900_011]);
    expect((await ada.json('POST', '/v1/terminals', { name: name + name })).status).toBe(413);
    expect((await ada.json('POST', '/v1/terminals', {}, { origin: 'https://evil.example.com' })).status).toBe(403);
    const first = await ada.get('/v1/me');
    const again = await ada.get('/v1/me', { 'if-none-match': first.headers.get('etag') ?? '' });
    expect(again.status).toBe(304);
  });

  it('lets a slow reader have a whole download, and other streams go on meanwhile', async () => {
    two.behaviour = 'download';
    try {
      const { stream, status } = await caller.request('GET', '/v1/terminals', { cookie: ada.cookieHeader() });
      expect(status).toBe(200);
      let read = 0;
      let beside = 0;
      for await (const part of stream as AsyncIterable<Buffer>) {
        read += part.length;
        if (read > beside * 2 ** 22) {
          beside++;
          expect((await caller.request('GET', '/healthz')).status).toBe(200);
        }
      }
      expect([read, beside]).toEqual([download.length, 6]);
    } finally {
      two.behaviour = 'answer';
    }
  });

  it('answers who sends too much without reading it all, and lets go of the stream', async () => {
    const headers = {
      cookie: ada.cookieHeader(),
      'content-type': 'application/json',
      'x-csrf': '1',
      origin: `https://${name}`,
    };
    const { status, stream } = await caller.request('POST', '/v1/terminals', headers, Buffer.alloc(32 * 2 ** 20, '1'));
    expect(status).toBe(413);
    stream.resume();
    await once(stream, 'close');
  });

  it('carries the stream of events', async () => {
    const { stream, headers } = await caller.request('GET', '/v1/events/stream', { cookie: ada.cookieHeader() });
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const [first] = (await once(stream.setEncoding('utf8'), 'data')) as [string];
    expect(first).toContain(': connected');
    stream.close();
  });

  it('counts the caller by their own address, whatever headers they send', async () => {
    const answer = await ada.get('/v1/terminals', { 'x-forwarded-for': '192.0.2.99', 'x-client-cert': 'mine' });
    expect((JSON.parse(answer.text) as { address: string }).address).toBe('127.0.0.1');
  });
});

describe('TLS on the public port', () => {
  it('serves HTTP/1.1 to who has nothing newer', async () => {
    const answer = await new Promise<{ status: number; version: string }>((resolve, reject) => {
      const headers = { cookie: ada.cookieHeader() };
      const call = httpsRequest({
        host: '127.0.0.1',
        port,
        path: '/v1/me',
        ca: authority.cert,
        servername: name,
        headers,
      });
      call.once('response', (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, version: response.httpVersion });
      });
      call.once('error', reject).end();
    });
    expect(answer).toEqual({ status: 200, version: '1.1' });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async (version) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca: authority.cert,
      servername: name,
      minVersion: version,
      maxVersion: version,
    });
    await once(socket, 'secureConnect');
    expect([socket.authorized, socket.getProtocol()]).toEqual([true, version]);
    socket.destroy();
  });

  it.each([
    ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
    ['a cipher without forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256:AES256-GCM-SHA384' }],
    ['a cipher without authenticated encryption', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }],
  ] as const)('refuses %s', async (_, options) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
    await expect(once(socket, 'secureConnect')).rejects.toThrow(/alert|handshake|protocol|version/i);
  });

  it('answers plain HTTP on the port with nothing', async () => {
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  });
});

describe('certificate of a caller', () => {
  /** What user-access is told of the caller's certificate with one call to `/oidc/token`. */
  async function told(own?: TestCertificate, headers: Record<string, string> = {}): Promise<unknown> {
    let certificate: unknown = 'never asked';
    const recorder = createServer((req, res) => {
      void verifyInternal(two.adapters.secrets, String(req.headers['x-quaywatch-gateway'])).then((call) => {
        certificate = call.certificate;
        res.end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(recorder, 'listening');
    const before = two.peers.urlOf('user-access');
    two.userAccessAt(`http://127.0.0.1:${(recorder.address() as AddressInfo).port}`);
    const certified = await Http2Caller.open(`https://127.0.0.1:${port}`, {
      ca: authority.cert,
      servername: name,
      ...(own ? { cert: own.cert, key: own.key } : {}),
    });
    try {
      const body = 'grant_type=client_credentials';
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      const { status } = await certified.request('POST', '/oidc/token', { ...type, ...headers }, body);
      expect(status).toBe(200);
      return certificate;
    } finally {
      certified.close();
      two.userAccessAt(before);
      recorder.closeAllConnections();
      await new Promise((resolve) => recorder.close(resolve));
    }
  }
  const der = ({ cert }: TestCertificate): string => cert.replace(/-----[A-Z ]+-----|\s/g, '');

  it('goes to user-access inside the signed token, with whether an authority of ours has issued it', async () => {
    const ours = await testCertificate('partner.example.com', authority.issuer);
    expect(await told(ours)).toEqual({ der: der(ours), verified: true });
    const foreign = await testCertificate('stranger.example.com');
    expect(await told(foreign)).toEqual({ der: der(foreign), verified: false });
  });

  it('is never taken from a header, and there need be none', async () => {
    const forged = encodeURIComponent((await testCertificate('forged')).cert);
    const headers = {
      'x-client-cert': forged,
      'x-ssl-client-cert': forged,
      'x-forwarded-client-cert': forged,
      'client-cert': forged,
    };
    expect(await told(undefined, headers)).toBeUndefined();
  });
});

describe('plain HTTP', () => {
  const start = (host: string, environment: Record<string, string> = {}) => two.startAnotherGateway(host, environment);

  it('is refused beyond this machine, unless somebody in front ends TLS', async () => {
    await expect(start('0.0.0.0', { HTTPS_PORT: '' })).rejects.toMatchObject({ code: 'PLAIN_HTTP' });
    await expect(start('0.0.0.0')).rejects.toMatchObject({ code: 'PLAIN_HTTP' });
    const behind = await start('0.0.0.0', { HTTPS_PORT: '', PLAIN_HTTP: 'behind-proxy' });
    await behind.stop();
  });

  it('does not start with TLS when certificate and key do not belong together', async () => {
    const other = await testCertificate(name);
    await writeFile(join(folder, 'other.key'), other.key);
    await expect(start('127.0.0.1', { TLS_KEY_FILE: join(folder, 'other.key') })).rejects.toMatchObject({
      code: 'TLS_CERTIFICATE',
    });
    await expect(start('127.0.0.1', { TLS_KEY_FILE: '' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('stopping', () => {
  it('ends streams of events and connections over HTTP/2', async () => {
    const reader = await open();
    const { stream } = await reader.request('GET', '/v1/events/stream', { cookie: ada.cookieHeader() });
    stream.resume();
    const ended = once(stream, 'end');
    const closed = once(reader.session, 'close');
    const from = Date.now();
    await two.gateway.stop();
    await ended;
    await closed;
    expect(Date.now() - from).toBeLessThan(4500);
    await two.startGateway(0);
  });
});
