import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  SignJWT,
  type JSONWebKeySet,
} from 'jose';
import * as client from 'openid-client';
import type { Browser, Page } from '../../gateway/test/browser';
import { TwoServices, type Forwarded } from '../../gateway/test/two-services';
import { sha256 } from '../src/users/one-time-link';

// Programs that act for people, with openid-client as a real client: PAR, PKCE, DPoP, refresh tokens, sign-out.

const password = 'seven cranes at the quay';
const email = 'ada@example.com';
const day = 86_400_000;

let two: TwoServices;
let ada: Browser;
let app: Server;
let appUrl: string;
const logoutTokens: string[] = [];

beforeAll(async () => {
  two = await TwoServices.start();
  ada = two.browser();
  const form = await ada.form((await two.setUpPath()) ?? '', { name: 'Ada', email, password });
  await ada.form(new URL(form.url).pathname, { email, password });
  app = createServer((req, res) => {
    void (async () => {
      let body = '';
      for await (const part of req) body += String(part);
      const token = new URLSearchParams(body).get('logout_token');
      if (token) logoutTokens.push(token);
      res.writeHead(200).end();
    })();
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  appUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
}, 60_000);
afterAll(async () => {
  app?.close();
  await two?.stop();
});

const json = <T>(page: Page): T => JSON.parse(page.text) as T;
interface Program {
  id: string;
  client_secret: string;
}
async function register(
  more: object = {},
  roles: object[] = [{ role: 'administrator', scope: 'organisation' }],
): Promise<Program> {
  const made = await ada.json('POST', '/v1/api-clients', {
    name: 'Planner app',
    roles,
    acts_for_people: { redirect_uris: [`${appUrl}/callback`], logout_uri: `${appUrl}/logout` },
    ...more,
  });
  expect([made.status, made.text]).toEqual([201, expect.any(String)]);
  return json(made);
}
const configurationOf = (id: string, authentication: client.ClientAuth): Promise<client.Configuration> =>
  client.discovery(new URL(`${two.url}/oidc`), id, { require_signed_request_object: false }, authentication, {
    execute: [client.allowInsecureRequests],
  });

interface Flow {
  readonly scope?: string;
  readonly answer?: 'allow' | 'deny';
  readonly push?: boolean;
  readonly handle?: client.DPoPHandle;
  readonly browser?: Browser;
}
/** The whole way: authorization request, sign-in, consent, code, tokens. */
async function authorise(
  configuration: client.Configuration,
  {
    scope = 'openid offline_access alarms.read',
    answer = 'allow',
    push = false,
    handle,
    browser = two.browser(),
  }: Flow = {},
): Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers> {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const parameters = {
    redirect_uri: `${appUrl}/callback`,
    scope,
    state,
    nonce,
    prompt: 'consent',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  const url = push
    ? await client.buildAuthorizationUrlWithPAR(configuration, parameters, handle ? { DPoP: handle } : {})
    : client.buildAuthorizationUrl(configuration, parameters);
  let page = await browser.get(url.pathname + url.search);
  if (page.text.includes('name="password"')) page = await browser.form(new URL(page.url).pathname, { email, password });
  if (page.text.includes('act for you?')) {
    expect(page.headers.get('content-security-policy')).toContain(`form-action 'self' ${appUrl};`);
    page = await browser.form(new URL(page.url).pathname, { answer });
  }
  const back = page.headers.get('location') ?? page.url;
  return client.authorizationCodeGrant(
    configuration,
    new URL(back),
    { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce },
    undefined,
    handle ? { DPoP: handle } : {},
  );
}
const call = (token: string, path: string, init: RequestInit = {}, scheme = 'Bearer'): Promise<Response> =>
  fetch(`${two.url}${path}`, { ...init, headers: { authorization: `${scheme} ${token}`, ...init.headers } });

describe('program that acts for people', () => {
  it('gets consent also where the address is blocked by wrong passwords of others', async () => {
    const { id, client_secret: secret } = await register();
    const key = sha256('address:127.0.0.1');
    const now = Date.now();
    await two.store.transact((tx) =>
      tx.query(
        `insert into sign_in_attempt (key, failures, last_at, blocked_until) values ($1, 30, $2, $3)
         on conflict (key) do update set failures = 30, last_at = $2, blocked_until = $3`,
        [key, now - 60_000, now + 600_000],
      ),
    );
    const other = two.browser();
    const path = new URL((await other.get('/auth/login')).url).pathname;
    const guess = (): Promise<Page> => other.form(path, { email: 'nobody@example.com', password: 'a guess' });
    expect((await guess()).status).toBe(429);
    // From memory now.
    expect((await guess()).text).toContain('Back to sign-in');
    const configuration = await configurationOf(id, client.ClientSecretBasic(secret));
    try {
      const tokens = await authorise(configuration, { scope: 'openid alarms.read', browser: ada });
      expect(tokens.claims()?.sub).toMatch(/^usr_/);
    } finally {
      await two.store.transact((tx) => tx.query('delete from sign_in_attempt where key = $1', [key]));
      two.offset += 60_000;
    }
  });

  it('gets tokens after consent, sees what the person may within its scope, and changes nothing that needs a fresh sign-in', async () => {
    const { id, client_secret: secret } = await register();
    const configuration = await configurationOf(id, client.ClientSecretBasic(secret));
    await expect(authorise(configuration, { scope: 'openid access.write' })).rejects.toMatchObject({
      error: 'invalid_scope',
    });
    const tokens = await authorise(configuration, { scope: 'openid alarms.read fleet.read' });
    expect(tokens.refresh_token).toBeUndefined();
    expect(tokens.claims()?.sub).toMatch(/^usr_/);
    const alarms = (await (await call(tokens.access_token, '/v1/alarms')).json()) as Forwarded;
    expect(alarms.principal).toMatchObject({ kind: 'user', org: 'org_main', id: tokens.claims()?.sub });
    expect(alarms.principal?.session).toBeUndefined();
    // Not in the scope; never in a scope; what is about the person's own account.
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    expect((await call(tokens.access_token, '/v1/users')).status).toBe(403);
    expect((await call(tokens.access_token, '/v1/api-clients', post)).status).toBe(403);
    expect((await call(tokens.access_token, '/v1/me/totp', { method: 'POST' })).status).toBe(403);
    expect((await call(tokens.access_token, '/v1/me/security')).status).toBe(403);
    await two.audited(({ action, target }) => action === 'client.consent' && target?.id === id);
    expect((await ada.json('DELETE', `/v1/api-clients/${id}`)).status).toBe(200);
    expect((await call(tokens.access_token, '/v1/alarms')).status).toBe(401);
  });

  it('gets nothing when the person says no, or belongs to another organisation', async () => {
    const { id, client_secret: secret } = await register();
    const configuration = await configurationOf(id, client.ClientSecretBasic(secret));
    await expect(authorise(configuration, { answer: 'deny' })).rejects.toMatchObject({ error: 'access_denied' });
    const bo = two.browser();
    const form = await bo.form((await two.setUpPath('org_else')) ?? '', {
      name: 'Bo',
      email: 'bo@example.com',
      password,
    });
    await bo.form(new URL(form.url).pathname, { email: 'bo@example.com', password });
    await expect(authorise(configuration, { browser: bo })).rejects.toMatchObject({ error: 'access_denied' });
  });

  it('refreshes with a new token each time; one that comes back ends the whole row', async () => {
    const { id, client_secret: secret } = await register();
    const configuration = await configurationOf(id, client.ClientSecretBasic(secret));
    const first = await authorise(configuration);
    const second = await client.refreshTokenGrant(configuration, first.refresh_token ?? '');
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect((await call(second.access_token, '/v1/alarms')).status).toBe(200);
    await expect(client.refreshTokenGrant(configuration, first.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(client.refreshTokenGrant(configuration, second.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect((await call(second.access_token, '/v1/alarms')).status).toBe(401);
    // Given, refused and the copy, all of them in the audit trail, without a token.
    for (const [action, outcome] of [
      ['token.issue', 'success'],
      ['token.replay', 'refused'],
      ['token.issue', 'refused'],
    ])
      await two.audited((one) => one.action === action && one.outcome === outcome && one.target.id === id);
    const text = JSON.stringify(await two.read('audit'));
    for (const { access_token: token, refresh_token: again } of [first, second])
      expect([text.includes(token), text.includes(again ?? '?')]).toEqual([false, false]);
    const nobody = await configurationOf(id, client.ClientSecretBasic('a guess'));
    await expect(client.refreshTokenGrant(nobody, second.refresh_token ?? '')).rejects.toMatchObject({ status: 401 });
    await two.audited(
      ({ action, outcome, actor, target }) =>
        action === 'token.issue' && outcome === 'failure' && actor.kind === 'anonymous' && target.id === id,
    );
  });

  it('is listed for the person, outlives the session where they allowed it, and is out when they take it back', async () => {
    const { id, client_secret: secret } = await register();
    const configuration = await configurationOf(id, client.ClientSecretBasic(secret));
    const consents = async (): Promise<{ id: string; client_id: string }[]> =>
      json<{ data: { id: string; client_id: string }[] }>(await ada.get('/v1/me/consents')).data.filter(
        (one) => one.client_id === id,
      );
    const tokens = await authorise(configuration);
    expect(await consents()).toEqual([
      expect.objectContaining({ client_name: 'Planner app', permissions: ['alarms.read'], offline: true }),
    ]);
    two.offset += 9 * 3_600_000;
    try {
      const later = await client.refreshTokenGrant(configuration, tokens.refresh_token ?? '');
      expect((await call(later.access_token, '/v1/alarms')).status).toBe(200);
      const form = await ada.get('/auth/login');
      await ada.form(new URL(form.url).pathname, { email, password });
      const [consent] = await consents();
      const other = two.browser();
      expect((await other.json('DELETE', `/v1/me/consents/${consent?.id}`)).status).toBe(401);
      expect((await ada.json('DELETE', '/v1/me/consents/nobodys')).status).toBe(404);
      expect((await ada.json('DELETE', `/v1/me/consents/${consent?.id}`)).status).toBe(200);
      expect(await consents()).toEqual([]);
      expect((await call(later.access_token, '/v1/alarms')).status).toBe(401);
      await expect(client.refreshTokenGrant(configuration, later.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
      });
      await two.audited(({ action, target }) => action === 'client.consent-end' && target.id === id);
    } finally {
      two.offset = 0;
      const form = await ada.get('/auth/login');
      if (form.text.includes('name="password"')) await ada.form(new URL(form.url).pathname, { email, password });
    }
  });

  it('is asked about and gives back its tokens; nobody else may', async () => {
    const [mine, other] = [await register(), await register()];
    const configuration = await configurationOf(mine.id, client.ClientSecretBasic(mine.client_secret));
    const strange = await configurationOf(other.id, client.ClientSecretBasic(other.client_secret));
    const tokens = await authorise(configuration);
    expect(await client.tokenIntrospection(configuration, tokens.access_token)).toMatchObject({
      active: true,
      client_id: mine.id,
    });
    expect((await client.tokenIntrospection(strange, tokens.access_token)).active).toBe(false);
    await client.tokenRevocation(strange, tokens.refresh_token ?? '').catch(() => undefined);
    expect((await client.tokenIntrospection(configuration, tokens.refresh_token ?? '')).active).toBe(true);
    await client.tokenRevocation(configuration, tokens.refresh_token ?? '');
    await expect(client.refreshTokenGrant(configuration, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect((await call(tokens.access_token, '/v1/alarms')).status).toBe(401);
  });

  it('dies with the person: nothing is refreshed for somebody who was shut out', async () => {
    const { id, client_secret: secret } = await register();
    const configuration = await configurationOf(id, client.ClientSecretBasic(secret));
    const invited = json<{ id: string; link: string }>(
      await ada.json('POST', '/v1/users', {
        name: 'Cy',
        email: 'cy@example.com',
        roles: [{ role: 'viewer', scope: 'organisation' }],
      }),
    );
    const cy = two.browser();
    const form = await cy.form(new URL(invited.link).pathname, { name: 'Cy', password });
    await cy.form(new URL(form.url).pathname, { email: 'cy@example.com', password });
    const tokens = await authorise(configuration, { browser: cy });
    expect((await call(tokens.access_token, '/v1/alarms')).status).toBe(200);
    expect((await ada.json('POST', `/v1/users/${invited.id}/disable`, { reason: 'left' })).status).toBe(200);
    expect((await call(tokens.access_token, '/v1/alarms')).status).toBe(401);
    await expect(client.refreshTokenGrant(configuration, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });
});

describe('bound tokens and pushed requests', () => {
  it('DPoP: a token is good only with a fresh proof by its key, for this request, once', async () => {
    const { id, client_secret: secret } = await register({ dpop: true });
    const configuration = await configurationOf(id, client.ClientSecretBasic(secret));
    await expect(authorise(configuration)).rejects.toMatchObject({ error: 'invalid_grant' });
    const pair = await generateKeyPair('ES256', { extractable: true });
    const handle = client.getDPoPHandle(configuration, pair);
    const tokens = await authorise(configuration, { handle });
    expect(tokens.token_type).toBe('dpop');
    const token = tokens.access_token;
    const jwk = await exportJWK(pair.publicKey);
    const proof = (claims: object = {}, key = pair.privateKey): Promise<string> =>
      new SignJWT({
        jti: client.randomNonce(),
        htm: 'GET',
        htu: `${two.url}/v1/alarms`,
        ath: createHash('sha256').update(token).digest('base64url'),
        iat: Math.floor(Date.now() / 1000),
        ...claims,
      })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        .sign(key);
    const status = async (dpop?: string, path = '/v1/alarms', scheme = 'DPoP'): Promise<number> =>
      (await call(token, path, { headers: dpop === undefined ? {} : { dpop } }, scheme)).status;
    const good = await proof();
    expect(await status(good)).toBe(200);
    expect(await status(good)).toBe(401);
    expect(await status()).toBe(401);
    expect(await status(undefined, '/v1/alarms', 'Bearer')).toBe(401);
    expect(await status(await proof(), '/v1/terminals')).toBe(401);
    for (const claims of [
      { htm: 'POST' },
      { ath: 'x' },
      { ath: undefined },
      { jti: undefined },
      { iat: Math.floor(Date.now() / 1000) - 120 },
      { iat: Math.floor(Date.now() / 1000) + 120 },
    ])
      expect([claims, await status(await proof(claims))]).toEqual([claims, 401]);
    const other = await generateKeyPair('ES256');
    expect(await status(await proof({}, other.privateKey))).toBe(401);
    expect(await status(await proof())).toBe(200);
    // The refresh token is bound as well.
    await expect(client.refreshTokenGrant(configuration, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: expect.stringMatching(/^invalid/),
    });
  });

  it('PAR: who must push a request is not let in without, and a pushed one works once', async () => {
    const { id, client_secret: secret } = await register({ par: true });
    const configuration = await configurationOf(id, client.ClientSecretBasic(secret));
    await expect(authorise(configuration)).rejects.toMatchObject({ code: expect.any(String) });
    const tokens = await authorise(configuration, { push: true });
    expect((await call(tokens.access_token, '/v1/alarms')).status).toBe(200);
  });

  it('private_key_jwt: proves itself by a key, and nobody by another', async () => {
    const [pair, strange] = [await generateKeyPair('ES256', { extractable: true }), await generateKeyPair('ES256')];
    const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'ES256', kid: 'k1' }] };
    const { id } = await register({ method: 'private_key_jwt', jwks });
    const configuration = await configurationOf(id, client.PrivateKeyJwt({ key: pair.privateKey, kid: 'k1' }));
    const tokens = await authorise(configuration, { push: true });
    expect((await call(tokens.access_token, '/v1/alarms')).status).toBe(200);
    const thief = await configurationOf(id, client.PrivateKeyJwt({ key: strange.privateKey, kid: 'k1' }));
    await expect(client.refreshTokenGrant(thief, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_client',
    });
  });

  it('takes no address that is not https, save on this machine', async () => {
    for (const uri of [
      'http://app.example.com/callback',
      'https://app.example.com/#x',
      'https://u:p@app.example.com/',
      'javascript:alert(1)',
    ]) {
      const made = await ada.json('POST', '/v1/api-clients', {
        name: 'Bad',
        roles: [{ role: 'viewer', scope: 'organisation' }],
        acts_for_people: { redirect_uris: [uri] },
      });
      expect([uri, made.status]).toEqual([uri, 400]);
    }
  });
});

describe('signing keys and sign-out', () => {
  const keySet = async (): Promise<JSONWebKeySet> =>
    (await (await fetch(`${two.url}/oidc/jwks`)).json()) as JSONWebKeySet;
  const turn = async (): Promise<void> => {
    const answer = await two.internal('POST', '/internal/provider-turn', {
      kind: 'service',
      id: 'platform',
      org: 'platform',
      roles: [],
    });
    expect(answer.status).toBe(204);
  };

  it('tells a program of a sign-out, by a token that it can check', async () => {
    const { id, client_secret: secret } = await register();
    const configuration = await configurationOf(id, client.ClientSecretBasic(secret));
    const browser = two.browser();
    const form = await browser.get('/auth/login');
    await browser.form(new URL(form.url).pathname, { email, password });
    const tokens = await authorise(configuration, { browser, scope: 'openid alarms.read' });
    expect((await call(tokens.access_token, '/v1/alarms')).status).toBe(200);
    expect((await browser.json('POST', '/auth/logout')).status).toBe(200);
    await turn();
    const logout = logoutTokens.at(-1) ?? '';
    const { payload } = await jwtVerify(logout, createLocalJWKSet(await keySet()), {
      issuer: `${two.url}/oidc`,
      audience: id,
    });
    expect(payload).toMatchObject({
      sub: tokens.claims()?.sub,
      sid: tokens.claims()?.['sid'],
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(payload['nonce']).toBeUndefined();
    expect((await call(tokens.access_token, '/v1/alarms')).status).toBe(401);
  });

  it('changes signing keys by schedule: published a day before, kept a day after, sign-in goes on', async () => {
    const before = await keySet();
    expect(before.keys).toHaveLength(1);
    expect(JSON.stringify(before)).not.toContain('made_at');
    two.offset += 30 * day;
    await turn();
    const announced = await keySet();
    expect(announced.keys.map(({ kid }) => kid)).toEqual([before.keys[0]?.kid, expect.any(String)]);
    two.offset += day;
    await turn();
    const taken = await keySet();
    expect(taken.keys.map(({ kid }) => kid)).toEqual([announced.keys[1]?.kid, before.keys[0]?.kid]);
    const browser = two.browser();
    const form = await browser.get('/auth/login');
    await browser.form(new URL(form.url).pathname, { email, password });
    expect((await browser.get('/v1/me')).status).toBe(200);
    two.offset += day;
    await turn();
    expect((await keySet()).keys.map(({ kid }) => kid)).toEqual([announced.keys[1]?.kid]);
    expect(decodeProtectedHeader(logoutTokens.at(-1) ?? '').kid).toBe(before.keys[0]?.kid);
  });
});
