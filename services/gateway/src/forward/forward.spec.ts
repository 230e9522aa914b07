import { afterEach, describe, expect, it } from '@jest/globals';
import { routes, type Principal, type RouteDefinition } from '@quaywatch/contracts';
import { FakeSecretStore } from '@quaywatch/ports/testing';
import { makePeers, type Logger, type Peers } from '@quaywatch/runtime';
import express from 'express';
import { createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Forwarder, type TimeLimits } from './forward';

const principal: Principal = { kind: 'user', id: 'usr_1', org: 'org_1', roles: [] };
const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const route: RouteDefinition = routes.listTerminals;

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)))),
  );
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const open = (url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => get(url, resolve).once('error', reject));

async function edge(
  service: string,
  limits: Partial<TimeLimits> = {},
  operation: RouteDefinition = route,
): Promise<string> {
  const peers: Peers = {
    ...makePeers(new Map(), new FakeSecretStore()),
    urlOf: () => service,
    headersFor: async () => ({ authorization: 'Bearer t' }),
  };
  const forwarder = new Forwarder(peers, silent, {
    firstByte: 5000,
    slowFirstByte: 5000,
    idle: 5000,
    whole: 20_000,
    ...limits,
  });
  return serve(express().use((req, res) => forwarder.forward(operation, principal, req, res)));
}

describe('forwarder', () => {
  it('gives up on a service that does not answer: 504', async () => {
    const answer = await fetch(await edge(await serve(() => undefined), { firstByte: 100 }));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      504,
      'application/problem+json; charset=utf-8',
    ]);
  });

  it('waits longer for a service that has much to work out first, but not for ever', async () => {
    const service = await serve((req, res) => {
      if (req.url !== '/silent') setTimeout(() => res.writeHead(200).end('[]'), 400);
    });
    const patient = await edge(service, { firstByte: 100, slowFirstByte: 2000 }, routes.backTestRule);
    expect(await (await fetch(patient)).text()).toBe('[]');
    expect((await fetch(`${patient}/silent`)).status).toBe(504);
  });

  it('cuts off an answer that stands still: the caller can tell that it is not whole', async () => {
    const stalling = await serve((_req, res) => void res.writeHead(200).write('[1,'));
    const answer = await fetch(await edge(stalling, { idle: 200 }));
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  it('lets a caller read slowly, for longer than the limits of the first byte and of standing still', async () => {
    const size = 48 * 2 ** 20;
    const service = await serve((_req, res) => void res.writeHead(200).end(Buffer.alloc(size, 'x')));
    const began = performance.now();
    const answer = await open(await edge(service, { firstByte: 1000, idle: 4000 }));
    let read = 0;
    for await (const part of answer as AsyncIterable<Buffer>) {
      read += part.length;
      // About 10 MiB a second: the line is full all the time.
      await new Promise((resolve) => setTimeout(resolve, (part.length / size) * 5000));
    }
    expect(read).toBe(size);
    expect(performance.now() - began).toBeGreaterThan(4000);
  }, 30_000);

  it('cuts off a caller who stops reading', async () => {
    let cut = (): void => undefined;
    const wasCut = new Promise<void>((resolve) => (cut = resolve));
    const service = await serve((_req, res) => {
      res.writeHead(200).end(Buffer.alloc(64 * 2 ** 20, 'x'));
      res.once('close', cut);
    });
    const answer = await open(await edge(service, { idle: 200 }));
    answer.pause();
    await wasCut;
    await expect(
      (async () => {
        for await (const part of answer as AsyncIterable<Buffer>) void part;
      })(),
    ).rejects.toThrow('aborted');
  });

  it('bounds the whole of an answer, however well it flows', async () => {
    const endless = await serve((_req, res) => {
      const timer = setInterval(() => void res.write('tick '), 20);
      res.writeHead(200).once('close', () => clearInterval(timer));
    });
    const answer = await fetch(await edge(endless, { whole: 300 }));
    await expect(answer.text()).rejects.toThrow();
  });

  it('says 503 when nobody listens', async () => {
    const gone = await serve(() => undefined);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    const answer = await fetch(await edge(gone));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  });

  it('streams the answer while the service still writes it', async () => {
    let finish = (): void => undefined;
    const service = await serve((_req, res) => {
      res.writeHead(200, { 'content-type': 'application/json' }).write('[1,');
      finish = () => res.end('2]');
    });
    const answer = await fetch(await edge(service));
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('[1,');
    finish();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('2]');
  });

  it('passes refusals on as they are, and follows no redirect inside', async () => {
    const problem = '{"type":"/problems/not-found","title":"Not found","status":404}';
    const refusing = await serve(
      (_req, res) => void res.writeHead(404, { 'content-type': 'application/problem+json' }).end(problem),
    );
    expect(await (await fetch(await edge(refusing))).text()).toBe(problem);
    const redirecting = await serve((_req, res) => void res.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
    expect((await fetch(await edge(redirecting), { redirect: 'manual' })).status).toBe(302);
  });

  it('stops asking when the caller goes away', async () => {
    let closed = (): void => undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const abort = new AbortController();
    const service = await serve((req) => {
      req.socket.once('close', closed);
      abort.abort();
    });
    await expect(fetch(await edge(service), { signal: abort.signal })).rejects.toThrow();
    await gone;
  });
});
