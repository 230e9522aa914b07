import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes, type EventEnvelope, type RouteDefinition } from '@quaywatch/contracts';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Browser } from './browser';
import { EventReader } from './event-reader';
import { TwoServices, type Forwarded } from './two-services';
import type { z } from 'zod';

const password = 'seven cranes at the quay';
const all: readonly RouteDefinition[] = Object.values(routes);

let two: TwoServices;
let admin: Browser;
let viewer: Browser;

beforeAll(async () => {
  two = await TwoServices.start();
  admin = await join((await two.setUpPath()) ?? '', 'ada@example.com');
  const roles = [{ role: 'viewer', scope: { terminals: ['ter_1'] } }];
  const invitation = await admin.json('POST', '/v1/users', { name: 'Vic', email: 'vic@example.com', roles });
  viewer = await join(new URL((JSON.parse(invitation.text) as { link: string }).link).pathname, 'vic@example.com');
}, 60_000);
afterAll(() => two.stop());

async function join(link: string, email: string): Promise<Browser> {
  const browser = two.browser();
  const form = await browser.form(link, { name: 'Some Body', email, password });
  const page = await browser.form(new URL(form.url).pathname, { email, password });
  expect(page.status).toBe(200);
  return browser;
}

/** The answer to a path as it is written, not tidied by a URL parser. */
const raw = (path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(two.url);
    request({ hostname, port, path, headers: { accept: 'text/html' } }, (answer) => {
      let text = '';
      answer
        .setEncoding('utf8')
        .on('data', (chunk: string) => (text += chunk))
        .once('end', () => resolve(text));
    })
      .once('error', reject)
      .end();
  });

const pathOf = (route: RouteDefinition): string =>
  route.path.replace(/\{\w+\}/g, (name) => (route.everyService && name === '{service}' ? 'alerting' : 'x_1'));
/** Parameters without which some operations cannot be called, by name. */
const examples: Record<string, string> = {
  from: '2026-11-23T00:00:00Z',
  to: '2026-11-23T01:00:00Z',
  signals: 'hyd.press',
  signal: 'hyd.press',
};
/** The query that an operation needs; a new parameter without an example fails the test of its operation. */
const neededBy = ({ query }: RouteDefinition): string => {
  const names = Object.entries(query?.shape ?? {}).flatMap(([name, schema]) =>
    (schema as z.ZodType).safeParse(undefined).success ? [] : [name],
  );
  if (names.length === 0) return '';
  return `?${names.map((name) => `${name}=${encodeURIComponent(examples[name] ?? '')}`).join('&')}`;
};

describe('every operation of the contract', () => {
  it.each(all.map((route) => [route.id, route] as const))(
    '%s: needs a session, then goes to its owner',
    async (id, route) => {
      const path = pathOf(route);
      const stranger = await two.browser().json(route.method, path, route.body ? {} : undefined);
      expect(stranger.status).toBe(401);
      expect(stranger.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(JSON.parse(stranger.text)).toMatchObject({
        status: 401,
        request_id: stranger.headers.get('x-request-id'),
      });
      if (route.service === 'gateway' || route.service === 'user-access') return;

      const answer = await admin.json(route.method, `${path}${neededBy(route)}`, route.body ? { a: 1 } : undefined);
      expect(answer.status).toBe(200);
      const seen = JSON.parse(answer.text) as Forwarded;
      expect(seen).toMatchObject({
        method: route.method,
        url: `${path}${neededBy(route)}`,
        address: '127.0.0.1',
        principal: { kind: 'user', org: 'org_main' },
      });
      expect(seen.body).toBe(route.body ? '{"a":1}' : '');
      // Nothing but the answer itself comes out.
      expect(answer.headers.get('x-inside')).toBeNull();
      expect(answer.headers.getSetCookie()).toEqual([]);
    },
  );

  it('finds no service of that name, nor the gateway itself, behind an operation that every service has', async () => {
    for (const service of ['x_1', 'gateway', '__proto__', 'ingest%2F..'])
      expect((await admin.get(`/v1/services/${service}/dead-letters`)).status).toBe(404);
  });

  it('is refused to whom `can` refuses it, and every refusal is written down', async () => {
    const { permissions } = JSON.parse((await viewer.get('/v1/me')).text) as { permissions: string[] };
    for (const route of all) {
      if (route.service === 'gateway' || route.permission === null) continue;
      const allowed = permissions.includes(route.permission);
      const answer = await viewer.json(route.method, `${pathOf(route)}${neededBy(route)}`, route.body ? {} : undefined);
      expect([route.id, answer.status === 403]).toEqual([route.id, !allowed]);
    }
    await two.audited(
      (entry) => entry.action === 'revokeDevice' && entry.outcome === 'refused' && entry.class === 'authorisation',
    );
  });
});

describe('the edge of the API', () => {
  it('answers with problems: 404, 405, 400', async () => {
    const missing = await admin.get('/v1/nothing');
    expect([missing.status, missing.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
    const method = await admin.json('DELETE', '/v1/terminals');
    expect([method.status, method.headers.get('allow')]).toEqual([405, 'GET, POST']);
    const query = await admin.get('/v1/alarms?colour=red');
    expect([query.status, JSON.parse(query.text)]).toMatchObject([
      400,
      { errors: [{ pointer: '/query/colour', code: 'unknown' }] },
    ]);
    expect((await admin.get('/v1/me?x=1')).status).toBe(400);
  });

  it('takes a change only from our own pages', async () => {
    const change = (headers: Record<string, string>): Promise<number> =>
      admin.json('POST', '/v1/alarms/alm_1/take', {}, headers).then((page) => page.status);
    expect(await change({})).toBe(200);
    expect(await change({ 'x-csrf': '' })).toBe(403);
    expect(await change({ origin: 'https://evil.example.com' })).toBe(403);
    expect(await change({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect((await admin.form('/v1/alarms/alm_1/take', {})).status).toBe(403);
    expect(await change({ 'content-type': 'text/plain' })).toBe(415);
  });

  it('takes at most 1 MiB', async () => {
    expect((await admin.json('POST', '/v1/terminals', { name: 'x'.repeat(1_048_000) })).status).toBe(200);
    expect((await admin.json('POST', '/v1/terminals', { name: 'x'.repeat(1_100_000) })).status).toBe(413);
    const chunked = request(`${two.url}/v1/terminals`, {
      method: 'POST',
      headers: { cookie: admin.cookieHeader(), origin: two.url, 'x-csrf': '1', 'content-type': 'application/json' },
    });
    chunked.on('error', () => undefined);
    const answer = once(chunked, 'response') as Promise<[IncomingMessage]>;
    for (let i = 0; i < 20; i++) chunked.write('x'.repeat(100_000));
    chunked.end();
    const [{ statusCode }] = await answer;
    expect(statusCode).toBe(413);
  });

  it('takes bodies that nest 32 deep, no deeper', async () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    expect((await admin.json('POST', '/v1/terminals', nested(32))).status).toBe(200);
    expect((await admin.json('POST', '/v1/terminals', nested(33))).status).toBe(400);
  });

  it('takes the address of a caller from a trusted proxy, and of what is before it nothing', async () => {
    const behind = await two.startAnotherGateway('127.0.0.1', { TRUSTED_PROXIES: '127.0.0.1' });
    try {
      const answer = await fetch(`${behind.url}/v1/terminals`, {
        headers: { cookie: admin.cookieHeader(), 'x-forwarded-for': '203.0.113.9, 198.51.100.7' },
      });
      expect(((await answer.json()) as Forwarded).address).toBe('198.51.100.7');
    } finally {
      await behind.stop();
    }
  });

  it('believes nothing that a caller says of themselves', async () => {
    const lies = {
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'evil.example.com',
      forwarded: 'for=203.0.113.9',
      'x-real-ip': '203.0.113.9',
      'x-request-id': 'not one\tof ours',
    };
    const { 'x-request-id': _id, ...headers } = lies;
    const seen = JSON.parse((await admin.get('/v1/terminals', headers)).text) as Forwarded;
    expect(seen.address).toBe('127.0.0.1');
    // Who shows a token is judged by it alone, whatever cookie comes along.
    expect((await admin.get('/v1/terminals', { authorization: 'Bearer x' })).status).toBe(401);
    const discovery = await two.browser().get('/oidc/.well-known/openid-configuration', headers);
    expect(JSON.parse(discovery.text)).toMatchObject({
      issuer: `${two.url}/oidc`,
      token_endpoint: `${two.url}/oidc/token`,
      code_challenge_methods_supported: ['S256'],
    });
    expect(discovery.text).not.toContain('evil');
    expect((await admin.get('/v1/terminals', { 'x-request-id': 'req_mine-0001' })).headers.get('x-request-id')).toBe(
      'req_mine-0001',
    );
    expect((await admin.get('/v1/terminals', { 'x-request-id': 'a b"c' })).headers.get('x-request-id')).toMatch(
      /^req_/,
    );
  });

  it('says so when a service is down, and stays up', async () => {
    await two.userAccess.stop();
    expect((await admin.get('/v1/me')).status).toBe(503);
    expect((await two.browser().get('/oidc/auth')).status).toBe(503);
    expect((await two.browser().get('/')).status).toBe(200);
    await two.startUserAccess();
    expect((await admin.get('/v1/me')).status).toBe(200);
  });

  it('publishes its contract', async () => {
    const answer = await two.browser().get('/v1/openapi.json');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(Object.keys((JSON.parse(answer.text) as { paths: object }).paths)).toHaveLength(
      new Set(all.map((route) => route.path)).size,
    );
  });
});

describe('portal files', () => {
  it('are served with the right lives, and pages for every other address', async () => {
    const cache = async (path: string): Promise<[number, string | null]> => {
      const page = await two.browser().get(path);
      return [page.status, page.headers.get('cache-control')];
    };
    expect(await cache('/')).toEqual([200, 'no-cache']);
    expect(await cache('/spreaders/SPR-0244')).toEqual([200, 'no-cache']);
    expect(await cache('/index.html')).toEqual([200, 'no-cache']);
    expect(await cache('/assets/index-4f2a.js')).toEqual([200, 'public, max-age=31536000, immutable']);
    expect((await cache('/assets/gone-1234.js'))[0]).toBe(404);
    await two.audited(() => true);
    expect(await two.logged()).toContain('"level"');
    for (const path of ['/../log', '/..%2flog', '/%2e%2e/log', '/assets/../../log', '//../log'])
      expect(await raw(path)).not.toContain('"level"');
  });

  it('carry the security headers', async () => {
    const { headers } = await two.browser().get('/');
    expect(headers.get('content-security-policy')).toContain("default-src 'self';script-src 'self';");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('health', () => {
  it('is open', async () => {
    for (const path of ['/healthz', '/readyz'])
      expect(await (await fetch(two.url + path)).json()).toEqual({ status: 'ok' });
  });
});

describe('event stream', () => {
  let count = 0;
  const event = (type: string, key: string, data: object, org = 'org_main'): EventEnvelope => ({
    id: `evt_${++count}`,
    type,
    v: 1,
    source: 'test',
    org,
    key,
    time: Date.now(),
    data,
  });
  const health = (spreader: string, score: number, org?: string): EventEnvelope =>
    event(
      'health-assessed',
      spreader,
      { spreader, at: Date.now(), level: 'ok', score, completeness: 1, components: [], model: 'm' },
      org,
    );
  const spreader = (id: string, terminal: string): EventEnvelope =>
    event('spreader-created', id, {
      spreader: id,
      number: id,
      serial: 's',
      model: 'm',
      type: 'sts_twin',
      drive: 'hydraulic',
      terminal,
    });
  const publish = (...events: EventEnvelope[]): Promise<void> =>
    two.log.append(
      'ha.health',
      events.map((one) => ({ event: one })),
    );
  const scores = (reader: EventReader): unknown[] =>
    reader.events.filter((one) => one.type === 'spreader.health_changed').map((one) => one.data['data']?.['score']);

  it('tells each reader what they may see, and where they stand', async () => {
    await two.log.append(
      'fleet',
      [spreader('spr_1', 'ter_1'), spreader('spr_2', 'ter_2')].map((one) => ({ event: one })),
    );
    const [everything, own, chosen] = [
      await EventReader.open(two.url, admin),
      await EventReader.open(two.url, viewer),
      await EventReader.open(`${two.url}`, admin, { query: '?terminal=ter_2' }),
    ];
    // The facts of the fleet come by another topic: wait until the gateway knows them.
    await own.until(async () => {
      await publish(health('spr_1', 0));
      return scores(own).length > 0;
    });
    await publish(health('spr_1', 11), health('spr_2', 22), health('spr_1', 33, 'org_other'));
    await everything.until(() => scores(everything).includes(22));
    await own.until(() => scores(own).includes(11));
    await chosen.until(() => scores(chosen).includes(22));
    expect(scores(everything)).toEqual(expect.arrayContaining([11, 22]));
    expect(scores(everything)).not.toContain(33);
    expect(scores(own)).not.toContain(22);
    expect(scores(chosen)).not.toContain(11);
    expect(everything.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
    });
    expect(own.events.at(-1)?.data).toMatchObject({
      specversion: '1.0',
      subject: 'spr_1',
      source: '/terminals/ter_1',
      time: expect.stringMatching(/Z$/),
    });
    for (const reader of [everything, own, chosen]) reader.close();
  });

  it('goes on after the last event id, and says when it cannot', async () => {
    const first = await EventReader.open(two.url, admin);
    await publish(health('spr_2', 51));
    await first.until(() => scores(first).includes(51));
    const seen = first.events.at(-1)?.id ?? '';
    first.close();
    await publish(health('spr_2', 52), health('spr_2', 53));
    const again = await EventReader.open(two.url, admin, { lastEventId: seen });
    await publish(health('spr_2', 54));
    await again.until(() => scores(again).includes(54));
    expect(scores(again)).toEqual([52, 53, 54]);
    again.close();
    for (const lastEventId of ['nonsense', '0.0.0']) {
      const lost = await EventReader.open(two.url, admin, { lastEventId });
      await lost.until(() => lost.events.length > 0);
      expect(lost.events[0]).toMatchObject({ type: 'gap', data: { reason: 'too_old' } });
      lost.close();
    }
  });

  it('gives one who was away all that they missed, in order, as fast as they read', async () => {
    const first = await EventReader.open(two.url, admin);
    await publish(health('spr_2', 1000));
    await first.until(() => scores(first).includes(1000));
    const seen = first.events.at(-1)?.id ?? '';
    const missed = Array.from({ length: 6000 }, (_, i) => 1001 + i);
    for (let i = 0; i < missed.length; i += 500)
      await publish(...missed.slice(i, i + 500).map((score) => health('spr_2', score)));
    await first.until(() => scores(first).length === 6001);
    first.close();
    const again = await EventReader.open(two.url, admin, { lastEventId: seen });
    await again.until(() => scores(again).length >= missed.length);
    expect(scores(again)).toEqual(missed);
    expect(again.events.filter(({ type }) => type === 'gap')).toEqual([]);
    again.close();
  }, 40_000);

  it('is for people who are signed in and may hear it', async () => {
    expect((await two.browser().get('/v1/events/stream')).status).toBe(401);
    expect((await admin.get('/v1/events/stream?since=1')).status).toBe(400);
  });
});

describe('stopping', () => {
  it('ends streams, finishes requests, and takes no new ones', async () => {
    const reader = await EventReader.open(two.url, admin);
    const { hostname, port } = new URL(two.url);
    const idle = connect(Number(port), hostname);
    await once(idle, 'connect');
    const from = Date.now();
    await two.gateway.stop();
    expect(Date.now() - from).toBeLessThan(4000);
    await reader.ended;
    await expect(fetch(`${two.url}/healthz`)).rejects.toThrow();
    idle.destroy();
    await two.startGateway();
    expect((await admin.get('/v1/me')).status).toBe(200);
  });
});

describe('configuration', () => {
  it('refuses plain http to anything but this machine', async () => {
    await two.gateway.stop();
    for (const PUBLIC_URL of ['http://quaywatch.example.com', 'https://quaywatch.example.com/sub']) {
      await expect(two.startGateway(0, { PUBLIC_URL })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    }
    await two.startGateway();
  });

  it('uses a __Host- cookie and HSTS behind https', async () => {
    const plain = two.gateway;
    const secure = await two.startGateway(0, { PUBLIC_URL: 'https://quaywatch.example.com' });
    const response = await fetch(`${secure.url}/v1/me`);
    expect(response.headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
    const login = await fetch(`${secure.url}/auth/login`, { redirect: 'manual' });
    // user-access of this test has another issuer, so signing in itself cannot begin: that is said, and nothing else.
    expect(login.status).toBe(503);
    await secure.stop();
    two.gateway = plain;
  });
});

describe('metrics', () => {
  const read = async (path = '/metrics', method = 'GET'): Promise<Response> =>
    fetch(new URL(path, two.gateway.metricsUrl), { method });

  it('are told on a listener of their own, never on the public port', async () => {
    for (const browser of [two.browser(), admin]) {
      const answer = await browser.get('/metrics');
      expect(answer.text).not.toContain('quaywatch_gateway_request_seconds');
      expect(answer.text).not.toContain('process_resident_memory_bytes');
    }
    expect(two.gateway.metricsUrl).not.toContain(new URL(two.url).host);
    const count = async (): Promise<number> =>
      Number(
        /^quaywatch_gateway_request_seconds_count\{area="api",status="4xx"\} (\d+)$/m.exec(
          await (await read()).text(),
        )?.[1] ?? 0,
      );
    const before = await count();
    expect((await two.browser().get('/v1/terminals')).status).toBe(401);
    expect(await count()).toBe(before + 1);
    const text = await (await read()).text();
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
    // Nothing of who called, or of what.
    expect(text).not.toMatch(/org_|ada@|\/v1\//);
  });

  it('are all that this listener has', async () => {
    for (const path of ['/', '/v1/terminals', '/healthz', '/metrics/x', '/internal/sessions'])
      expect((await read(path)).status).toBe(404);
    expect((await read('/metrics', 'POST')).status).toBe(405);
  });
});
