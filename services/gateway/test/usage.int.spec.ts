import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from './browser';
import { TwoServices } from './two-services';

const password = 'seven cranes at the quay';
const email = 'ada@example.com';

interface Usage {
  id: string;
  total: Record<string, unknown>;
  by_day: Record<string, unknown>[];
  by_operation: Record<string, unknown>[];
}

let two: TwoServices;
let admin: Browser;
beforeAll(async () => {
  two = await TwoServices.start();
  admin = two.browser();
  const form = await admin.form((await two.setUpPath()) ?? '', { name: 'Ada', email, password });
  await admin.form(new URL(form.url).pathname, { email, password });
}, 60_000);
afterAll(() => two.stop());

it('counts what a program calls, by operation and outcome, and tells it also when the gateway stops', async () => {
  const roles = [{ role: 'partner', scope: 'organisation' }];
  const made = JSON.parse((await admin.json('POST', '/v1/api-clients', { name: 'TOS', roles })).text) as {
    id: string;
    client_secret: string;
  };
  const answer = await fetch(`${two.url}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${made.id}:${made.client_secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: bearer } = (await answer.json()) as { access_token: string };
  const call = (path: string): Promise<Response> =>
    fetch(`${two.url}${path}`, { headers: { authorization: `Bearer ${bearer}` } });

  await two.gateway.stop();
  await two.startGateway(undefined, { RATE_CALLER: '4' });
  const statuses = [];
  for (const path of ['/v1/alarms', '/v1/alarms', '/v1/users', '/v1/alarms?colour=red', '/v1/alarms'])
    statuses.push((await call(path)).status);
  expect(statuses).toEqual([200, 200, 403, 400, 429]);
  // What people call is nobody's usage.
  expect((await admin.get('/v1/alarms')).status).toBe(200);
  await two.gateway.stop();
  await two.startGateway();

  let usage: Usage | undefined;
  for (const until = Date.now() + 10_000; !usage || usage.total['requests'] !== 5;) {
    if (Date.now() > until) throw new Error(`not counted: ${JSON.stringify(usage)}`);
    usage = JSON.parse((await admin.get(`/v1/api-clients/${made.id}/usage`)).text) as Usage;
  }
  const last_at = expect.any(String);
  const counts = { requests: 5, client_errors: 2, server_errors: 0, throttled: 1, last_at };
  expect(usage).toMatchObject({ id: made.id, total: counts, by_day: [counts] });
  expect(usage.by_operation).toEqual([
    { operation: 'listAlarms', requests: 4, client_errors: 1, server_errors: 0, throttled: 1, last_at },
    { operation: 'listUsers', requests: 1, client_errors: 1, server_errors: 0, throttled: 0, last_at },
  ]);
  const one = JSON.parse((await admin.get(`/v1/api-clients/${made.id}/usage?operation=listUsers`)).text) as Usage;
  expect(one.total).toMatchObject({ requests: 1 });
  const own = (await (await call('/v1/me/usage')).json()) as Usage;
  expect(own).toMatchObject({ id: made.id, total: { requests: 5 } });
  const before = await admin.get(`/v1/api-clients/${made.id}/usage?from=2020-01-01&to=2020-01-31`);
  expect(JSON.parse(before.text)).toMatchObject({
    total: { requests: 0, last_at: null },
    by_day: [],
    by_operation: [],
  });
  for (const range of [
    'from=0000-01-01&to=0000-01-02',
    'from=2026-01-02&to=2026-01-01',
    'from=2020-01-01&to=2026-01-01',
  ])
    expect((await admin.get(`/v1/api-clients/${made.id}/usage?${range}`)).status).toBe(400);
  expect((await admin.get('/v1/api-clients/cli_none/usage')).status).toBe(404);
}, 60_000);
