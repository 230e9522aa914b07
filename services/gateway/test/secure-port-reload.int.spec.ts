import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seconds } from '@quaywatch/kernel';
import { FakeClock } from '@quaywatch/ports/testing';
import type { Logger } from '@quaywatch/runtime';
import express from 'express';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { SecurePort } from '../src/edge/secure-port';
import { Http2Caller } from './http2-caller';
import { testCertificate } from './test-certificate';

let folder: string;
let port: SecurePort;
const clock = new FakeClock();
const said: string[] = [];
const note = (_: unknown, text: string): void => void said.push(text);
const logger: Logger = { debug: () => undefined, info: note, warn: note, error: note };

const put = async ({ cert, key }: { cert: string; key: string }): Promise<void> => {
  await writeFile(join(folder, 'tls.crt'), cert);
  await writeFile(join(folder, 'tls.key'), key);
};

/** Whose certificate a new connection is shown. */
async function shown(): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: port.port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

/** Lets the clock run until the port has looked at its files, and says something. */
async function look(): Promise<void> {
  const before = said.length;
  const until = Date.now() + 8000;
  while (said.length === before && Date.now() < until) {
    await clock.advance(seconds(30));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quaywatch-reload-'));
  await put(await testCertificate('first'));
  const app = express().use((req, res) => void res.send(`over ${req.httpVersion}`));
  port = await SecurePort.open(
    {
      host: '127.0.0.1',
      port: 0,
      certificate: join(folder, 'tls.crt'),
      key: join(folder, 'tls.key'),
      callers: { ask: false },
    },
    app,
    createServer(app),
    clock,
    logger,
  );
});
afterAll(async () => {
  port.drain();
  port.close();
  await rm(folder, { recursive: true, force: true });
});

describe('certificate of the public port', () => {
  it('is changed without a restart, and connections go on', async () => {
    const caller = await Http2Caller.open(`https://127.0.0.1:${port.port}`, { rejectUnauthorized: false });
    expect(await shown()).toBe('first');
    await put(await testCertificate('second'));
    await look();
    expect(said.at(-1)).toBe('certificate of the public port changed');
    expect(await shown()).toBe('second');
    expect((await caller.request('GET', '/')).status).toBe(200);
    caller.close();
  });

  it('stays as it is while the new files are no good', async () => {
    const [third, other] = [await testCertificate('third'), await testCertificate('other')];
    await put({ cert: third.cert, key: other.key });
    await look();
    expect(said.at(-1)).toMatch(/cannot be used; the old one stays/);
    expect(await shown()).toBe('second');
    await put(third);
    await look();
    expect(await shown()).toBe('third');
  });
});
