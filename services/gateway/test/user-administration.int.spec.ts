import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from './browser';
import { TwoServices } from './two-services';

const password = 'seven cranes at the quay';
const everywhere = 'organisation' as const;

let two: TwoServices;
let admin: Browser;
let vic: Browser;
let vicId: string;

beforeAll(async () => {
  two = await TwoServices.start();
  admin = await join((await two.setUpPath()) ?? '', 'ada@example.com');
  const roles = [{ role: 'viewer', scope: everywhere }];
  const invited = await admin.json('POST', '/v1/users', { name: 'Vic', email: 'vic@example.com', roles });
  vic = await join(new URL((JSON.parse(invited.text) as { link: string }).link).pathname, 'vic@example.com');
  vicId = (JSON.parse((await vic.get('/v1/me')).text) as { id: string }).id;
}, 60_000);
afterAll(() => two.stop());

async function join(link: string, email: string): Promise<Browser> {
  const browser = two.browser();
  const form = await browser.form(link, { name: 'Some Body', email, password });
  await browser.form(new URL(form.url).pathname, { email, password });
  return browser;
}
async function signIn(email: string): Promise<Browser> {
  const browser = two.browser();
  const form = await browser.get('/auth/login');
  await browser.form(new URL(form.url).pathname, { email, password });
  return browser;
}
const change = async (path: string, body?: object, method = 'POST'): Promise<[number, Record<string, unknown>]> => {
  const answer = await admin.json(method, path, body);
  return [answer.status, JSON.parse(answer.text) as Record<string, unknown>];
};
const status = async (browser: Browser, path: string): Promise<number> => (await browser.get(path)).status;

describe('roles', () => {
  it('work with the next request when given, and no longer with the next when taken', async () => {
    expect(await status(vic, '/v1/users')).toBe(403);
    const grant = { role: 'security_officer', scope: everywhere };
    expect(await change(`/v1/users/${vicId}/roles`, grant)).toMatchObject([200, { id: vicId }]);
    expect(await status(vic, '/v1/users')).toBe(200);
    const [, after] = await change(`/v1/users/${vicId}/roles/revoke`, grant);
    expect(after.roles).toEqual([{ role: 'viewer', scope: everywhere }]);
    expect(await status(vic, '/v1/users')).toBe(403);
    await two.audited(({ action, target }) => action === 'user.grant-role' && target.id === vicId);
    await two.audited(({ action, target }) => action === 'user.revoke-role' && target.id === vicId);
  });

  it('end by themselves at their time', async () => {
    const until = new Date(Date.now() + two.offset + 10 * 60_000).toISOString();
    const grant = { role: 'security_officer', scope: everywhere, until };
    expect(await change(`/v1/users/${vicId}/roles`, grant)).toMatchObject([200, { roles: [{}, { until }] }]);
    expect(await status(vic, '/v1/users')).toBe(200);
    two.offset += 11 * 60_000;
    expect(await status(vic, '/v1/users')).toBe(403);
    expect((JSON.parse((await vic.get('/v1/me')).text) as { roles: unknown[] }).roles).toHaveLength(1);
    expect(await change(`/v1/users/${vicId}/roles`, grant)).toMatchObject([400, {}]);
  });

  it('never leave an organisation without an administrator, also not when two take each other’s away at once', async () => {
    const { id } = JSON.parse((await admin.get('/v1/me')).text) as { id: string };
    const role = { role: 'administrator', scope: everywhere };
    expect((await change(`/v1/users/${id}/roles/revoke`, role))[0]).toBe(409);
    expect((await change(`/v1/users/${id}/disable`, { reason: 'me' }))[0]).toBe(409);
    await change(`/v1/users/${vicId}/roles`, role);
    const both = await Promise.all([
      admin.json('POST', `/v1/users/${vicId}/roles/revoke`, role),
      vic.json('POST', `/v1/users/${id}/roles/revoke`, role),
    ]);
    const list = await Promise.all([admin, vic].map((one) => status(one, '/v1/users')));
    expect(list.filter((one) => one === 200)).toHaveLength(1);
    expect(both.some((one) => one.status === 200)).toBe(true);
    if (list[0] !== 200) {
      await vic.json('POST', `/v1/users/${id}/roles`, role);
      await change(`/v1/users/${vicId}/roles/revoke`, role);
    }
  });
});

describe('people', () => {
  it('are out at once when disabled, with every session, and in again when enabled', async () => {
    const second = await signIn('vic@example.com');
    expect(await change(`/v1/users/${vicId}/disable`, { reason: 'left' })).toMatchObject([200, { state: 'disabled' }]);
    expect([await status(vic, '/v1/me'), await status(second, '/v1/me')]).toEqual([401, 401]);
    expect(await status(await signIn('vic@example.com'), '/v1/me')).toBe(401);
    expect(await change(`/v1/users/${vicId}/enable`)).toMatchObject([200, { state: 'active' }]);
    expect(await status(vic, '/v1/me')).toBe(401);
    vic = await signIn('vic@example.com');
    expect(await status(vic, '/v1/me')).toBe(200);
    await two.audited(({ action, target }) => action === 'user.disable' && target.id === vicId);
    await two.audited(({ action, target }) => action === 'user.enable' && target.id === vicId);
  });

  it('see where they are signed in and end a session, their own only', async () => {
    const other = await signIn('vic@example.com');
    const list = JSON.parse((await vic.get('/v1/me/sessions')).text) as { data: { id: string; address: string }[] };
    expect(list.data).toHaveLength(2);
    expect(list.data[0]).toMatchObject({ address: '127.0.0.1', user_agent: expect.any(String) });
    const newest = list.data[0]?.id ?? '';
    expect((await admin.json('DELETE', `/v1/me/sessions/${newest}`)).status).toBe(404);
    expect(await status(other, '/v1/me')).toBe(200);
    expect((await vic.json('DELETE', `/v1/me/sessions/${newest}`)).status).toBe(200);
    expect([await status(other, '/v1/me'), await status(vic, '/v1/me')]).toEqual([401, 200]);
  });

  it('are signed out everywhere by an administrator', async () => {
    const [code, sessions] = await change(`/v1/users/${vicId}/sessions`, undefined, 'GET');
    expect([code, (sessions.data as unknown[]).length]).toEqual([200, 1]);
    expect(await change(`/v1/users/${vicId}/sessions`, undefined, 'DELETE')).toEqual([200, { ended: 1 }]);
    expect(await status(vic, '/v1/me')).toBe(401);
    // Also at the provider: it asks for the password again.
    expect((await vic.get('/auth/login')).url).toContain('/oidc/interaction/');
    await two.audited(({ action, target }) => action === 'user.end-sessions' && target.id === vicId);
  });

  it('of another organisation do not exist', async () => {
    const link = (await two.setUpPath('org_other')) ?? '';
    const stranger = await join(link, 'eve@other.example.com');
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/enable'],
      ['POST', '/factors/reset'],
      ['GET', '/sessions'],
      ['DELETE', '/sessions'],
    ] as const) {
      const answer = await stranger.json(method, `/v1/users/${vicId}${path}`);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(answer.text).not.toMatch(/vic@|Some Body/);
    }
  });
});
