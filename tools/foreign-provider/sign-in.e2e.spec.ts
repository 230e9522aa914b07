import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '@quaywatch/contracts';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Browser, type Page } from '../../services/gateway/test/browser';
import { TwoServices } from '../../services/gateway/test/two-services';

// Sign-in against an OpenID provider that somebody else has written (zitadel/oidc, in Go, a process of its own): its
// discovery, keys, login form, code flow, ID token and UserInfo. It is built by the Go tool chain, which must be there.

const here = fileURLToPath(new URL('.', import.meta.url));
const cache = join(here, '../../node_modules/.cache');
const secret = 'a-secret-of-a-foreign-provider';

let two: TwoServices;
let provider: ChildProcess;
let issuer: string;

beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  const binary = join(cache, 'foreign-provider');
  const built = spawnSync('go', ['build', '-mod=readonly', '-o', binary, '.'], { cwd: here, encoding: 'utf8' });
  expect([built.error, built.stderr, built.status]).toEqual([undefined, expect.any(String), 0]);
  two = await TwoServices.start(undefined, {
    ORGANISATION: 'org_main',
    EXTERNAL_GROUP_ROLES: JSON.stringify({ 'quay viewers': { role: 'viewer', scope: 'organisation' } }),
  });
  provider = spawn(binary, ['127.0.0.1:0', 'quaywatch', secret, `${two.url}/auth/callback`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(provider.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  issuer = String(line).trim();
  await two.adapters.secrets.write('foreign-client', new TextEncoder().encode(secret));
  await gatewayWith(secret);
}, 600_000);
afterAll(async () => {
  provider?.kill('SIGKILL');
  await two?.stop();
});

async function gatewayWith(word: string): Promise<void> {
  await two.adapters.secrets.write('foreign-client', new TextEncoder().encode(word));
  await two.gateway.stop();
  await two.startGateway(undefined, {
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: 'quaywatch',
    OIDC_CLIENT_SECRET_NAME: 'foreign-client',
  });
}

/** Signs in as a person would: our gateway, the form of the provider, and back. */
async function signIn(browser: Browser, username: string, password = 'verysecure'): Promise<Page> {
  const away = await browser.get('/auth/login');
  const there = new Browser(issuer);
  const form = await there.get(away.headers.get('location') ?? '');
  expect(form.text).toContain('name="password"');
  const id = new URL(form.url).searchParams.get('authRequestID') ?? '';
  const back = await there.form('/login/username', { id, username, password });
  const location = back.headers.get('location');
  return location === null ? back : browser.get(location);
}
const administrator: Principal = {
  kind: 'user',
  id: 'usr_admin',
  org: 'org_main',
  roles: [{ role: 'administrator', scope: 'organisation' }],
};
const first = 'test-user@127.0.0.1';

describe('a foreign OpenID provider', () => {
  it('signs in somebody who joins by their group, which only its UserInfo endpoint tells', async () => {
    const browser = two.browser();
    expect((await signIn(browser, first)).status).toBe(200);
    expect(JSON.parse((await browser.get('/v1/me')).text)).toMatchObject({
      email: 'test-user@zitadel.ch',
      roles: [{ role: 'viewer', scope: 'organisation' }],
    });
  });

  it('lets somebody without a group in by invitation only, and with their own password only', async () => {
    expect((await signIn(two.browser(), 'test-user2')).status).toBe(400);
    const role = { role: 'engineer', scope: 'organisation' };
    const person = { name: 'Two', email: 'test-user2@zitadel.ch', roles: [role] };
    expect((await two.internal('POST', '/v1/users', administrator, person)).status).toBe(201);
    const wrong = two.browser();
    expect((await signIn(wrong, 'test-user2', 'a guess')).text).toContain('wrong');
    expect((await wrong.get('/v1/me')).status).toBe(401);
    const browser = two.browser();
    expect((await signIn(browser, 'test-user2')).status).toBe(200);
    expect(JSON.parse((await browser.get('/v1/me')).text)).toMatchObject({ roles: [role] });
  });

  it('is believed in what it says of factors: a password alone is not enough where two are required', async () => {
    const policy = (value: string): Promise<Response> =>
      two.internal('PUT', '/v1/access-policy', administrator, { second_factor: value });
    expect((await policy('required')).status).toBe(200);
    const page = await signIn(two.browser(), first);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining('second factor')]);
    expect((await policy('off')).status).toBe(200);
    expect((await signIn(two.browser(), first)).status).toBe(200);
  });

  it('is asked to end its session, too, when somebody signs out', async () => {
    const browser = two.browser();
    await signIn(browser, first);
    const { redirect } = JSON.parse((await browser.json('POST', '/auth/logout')).text) as { redirect: string };
    expect(redirect).toContain(`${issuer}/end_session?`);
    expect((await browser.get('/v1/me')).status).toBe(401);
  });

  it('refuses a gateway with another secret, and nobody is in then', async () => {
    await gatewayWith('another secret');
    const browser = two.browser();
    expect((await signIn(browser, first)).status).toBe(400);
    expect((await browser.get('/v1/me')).status).toBe(401);
  });
});
