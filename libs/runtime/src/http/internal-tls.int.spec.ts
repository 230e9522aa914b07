import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FakeClock } from '@quaywatch/ports/testing';
import { seconds } from '@quaywatch/kernel';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '../logger';
import { callService, plainAgent, textOf } from './call-service';
import { issueInternalCertificates, type InternalCertificate } from './internal-certificates';
import { InternalTls } from './internal-tls';

let folder: string;
let server: Server;
const said: string[] = [];
const note = (_: unknown, text: string): void => void said.push(text);
const logger: Logger = { debug: () => undefined, info: note, warn: note, error: note };
const opened: InternalTls[] = [];

async function put(name: string, { cert, key }: InternalCertificate, ca: string): Promise<void> {
  await writeFile(join(folder, `${name}.crt`), cert);
  await writeFile(join(folder, `${name}.key`), key);
  await writeFile(join(folder, `${name}.ca`), ca);
}

async function open(name: string, clock = new FakeClock()): Promise<InternalTls> {
  const [certificate, key, authorities] = ['crt', 'key', 'ca'].map((ending) => join(folder, `${name}.${ending}`));
  const tls = await InternalTls.open(
    { certificate: certificate ?? '', key: key ?? '', authorities: authorities ?? '' },
    clock,
    logger,
  );
  opened.push(tls);
  return tls;
}

/** What a call of the server comes to: its answer, or the code of why there was none. */
const call = (
  agent: InternalTls['agent'],
  host = 'localhost',
  scheme = 'https',
  expectedName?: string,
): Promise<string> =>
  callService(`${scheme}://${host}:${(server.address() as AddressInfo).port}/`, {
    method: 'GET',
    headers: {},
    agent,
    expectedName,
    repeatable: false,
    signal: AbortSignal.timeout(5000),
  }).then(textOf, (error: NodeJS.ErrnoException) => String(error.code));

const clock = new FakeClock();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quaywatch-internal-tls-'));
  const ours = await issueInternalCertificates({ fleet: ['localhost'], gateway: ['gateway'] }, Date.now());
  const others = await issueInternalCertificates({ gateway: ['gateway'] }, Date.now());
  await put('fleet', ours.certificates.fleet, ours.authority);
  await put('gateway', ours.certificates.gateway, ours.authority);
  // Trusts our server, but was issued elsewhere.
  await put('stranger', others.certificates.gateway, ours.authority);
  // Was issued by us, but trusts others.
  await put('misled', ours.certificates.gateway, others.authority);
  const tls = await open('fleet', clock);
  server = createServer(tls.serverOptions, (_, res) => void res.end('in'));
  tls.serve(server);
  await new Promise<void>((resolve) => server.listen(0, resolve));
});
afterAll(async () => {
  for (const tls of opened) tls.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

describe('TLS between services', () => {
  it('lets in who has a certificate of the installation', async () => {
    expect(await call((await open('gateway')).agent)).toBe('in');
  });

  it('refuses who has none', async () => {
    const { Agent } = await import('node:https');
    expect(await call(new Agent({ rejectUnauthorized: false }))).toBe('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
  });

  it('refuses who has one of another authority', async () => {
    expect(await call((await open('stranger')).agent)).toMatch(/ALERT|ECONNRESET/);
  });

  it('does not talk to who cannot show a certificate of the installation', async () => {
    expect(await call((await open('misled')).agent)).toMatch(/SELF_SIGNED|UNABLE_TO|SIGNATURE/);
  });

  it('does not talk to who bears another name', async () => {
    expect(await call((await open('gateway')).agent, '127.0.0.1')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    // A service that calls itself at its address says which name it means.
    expect(await call((await open('gateway')).agent, '127.0.0.1', 'https', 'localhost')).toBe('in');
    expect(await call((await open('gateway')).agent, '127.0.0.1', 'https', 'fleet')).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
  });

  it('has no plain HTTP, in either direction', async () => {
    expect(await call((await open('gateway')).agent, 'localhost', 'http')).toBe('ERR_INVALID_PROTOCOL');
    expect(await call(plainAgent as InternalTls['agent'], 'localhost', 'http')).toBe('ECONNRESET');
  });

  it('takes a renewed certificate and authority into use, and keeps the old ones when the new are no good', async () => {
    const next = await issueInternalCertificates({ fleet: ['localhost'], gateway: ['gateway'] }, Date.now());
    const caller = await open('gateway', clock);
    await writeFile(join(folder, 'fleet.crt'), 'nothing');
    await pass();
    expect(said.at(-1)).toMatch(/cannot be used/);
    expect(await call(caller.agent)).toBe('in');
    await put('fleet', next.certificates.fleet, next.authority);
    await put('gateway', next.certificates.gateway, next.authority);
    caller.agent.destroy();
    await pass();
    expect(await call(caller.agent)).toBe('in');
    expect(await call((await open('misled')).agent)).not.toBe('in');
  });
});

/** Lets the clock run until files were looked at, and both ends have said what came of it. */
async function pass(): Promise<void> {
  const before = said.length;
  const until = Date.now() + 8000;
  await clock.advance(seconds(30));
  while (Date.now() < until && said.length === before) await new Promise((resolve) => setImmediate(resolve));
  for (const tls of opened) await tls.reload();
}
