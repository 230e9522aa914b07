import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from './browser';
import { TwoServices } from './two-services';

const password = 'seven cranes at the quay';
const email = 'ada@example.com';

/** How user-access fails as the gateway sees it. */
type Failure = 'none' | 'error' | 'unavailable' | 'cut' | 'half an answer' | 'silent' | 'too slow';

/** Stands between the gateway and the real user-access, and fails look-ups of sessions in the chosen way. */
class FailingUserAccess {
  failure: Failure = 'none';
  readonly ended: string[] = [];
  private server!: Server;

  async start(target: () => string): Promise<string> {
    this.server = createServer((req, res) => {
      if (req.method === 'DELETE' && req.url?.startsWith('/internal/sessions/')) this.ended.push(req.url);
      const failure = req.method === 'GET' && req.url?.startsWith('/internal/sessions/') ? this.failure : 'none';
      if (failure === 'silent') return;
      if (failure === 'cut') return void req.socket.destroy();
      if (failure === 'error') return void res.writeHead(500).end('{}');
      if (failure === 'unavailable') return void res.writeHead(503).end('{}');
      if (failure === 'half an answer') {
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"data":');
        return void setTimeout(() => res.destroy(), 50);
      }
      const { hostname, port } = new URL(target());
      const pass = (): void => {
        const onward = request(
          { hostname, port, method: req.method, path: req.url, headers: req.headers },
          (answer) => void answer.pipe(res.writeHead(answer.statusCode ?? 500, answer.headers)),
        );
        onward.on('error', () => res.destroy());
        req.pipe(onward);
      };
      if (failure === 'too slow') setTimeout(pass, 5500);
      else pass();
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<unknown> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

let two: TwoServices;
let browser: Browser;
const between = new FailingUserAccess();

beforeAll(async () => {
  // Nobody is remembered, so that every request asks.
  two = await TwoServices.start(undefined, { CALLER_MEMORY_MS: '0' });
  two.userAccessAt(await between.start(() => two.userAccess.url));
  browser = two.browser();
  const form = await browser.form((await two.setUpPath()) ?? '', { name: 'Ada', email, password });
  expect((await browser.form(new URL(form.url).pathname, { email, password })).status).toBe(200);
}, 60_000);
afterAll(async () => {
  await two.stop();
  await between.stop();
});

describe('user-access that fails', () => {
  const failures: Failure[] = ['error', 'unavailable', 'cut', 'half an answer', 'silent', 'too slow'];

  it.each(failures)('(%s) is no reason to say that nobody is signed in, and ends no session', async (failure) => {
    const before = between.ended.length;
    between.failure = failure;
    const answer = await browser.get('/v1/me');
    between.failure = 'none';
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect((await browser.get('/v1/me')).status).toBe(200);
    expect(between.ended.length).toBe(before);
  });

  it('does not sign a person out who goes away before the answer', async () => {
    const before = between.ended.length;
    between.failure = 'silent';
    const { hostname, port } = new URL(two.url);
    await new Promise<void>((resolve) => {
      const asked = request({ hostname, port, path: '/v1/me', headers: { cookie: browser.cookieHeader() } });
      asked.on('error', () => resolve()).end();
      setTimeout(() => asked.destroy(), 200);
    });
    between.failure = 'none';
    expect((await browser.get('/v1/me')).status).toBe(200);
    expect(between.ended.length).toBe(before);
  });
});
