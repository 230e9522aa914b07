import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Browser } from './browser';
import { TwoServices, type Forwarded } from './two-services';

const password = 'seven cranes at the quay';
const email = 'ada@example.com';

interface Program {
  id: string;
  client_secret: string | null;
  token_endpoint: string;
  permissions: string[];
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

async function register(body: object): Promise<Program> {
  const answer = await admin.json('POST', '/v1/api-clients', { name: 'TOS', ...body });
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return JSON.parse(answer.text) as Program;
}
const partner = { roles: [{ role: 'partner', scope: { terminals: ['ter_1'] } }] };
const basic = (id: string, secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});
const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${two.url}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) });
async function token({ id, client_secret: secret }: Program, more: Record<string, string> = {}): Promise<string> {
  const answer = await post('/oidc/token', { grant_type: 'client_credentials', ...more }, basic(id, secret ?? ''));
  const body = (await answer.json()) as { access_token: string; expires_in: number; token_type: string };
  expect([answer.status, body]).toMatchObject([200, { expires_in: 600, token_type: 'Bearer' }]);
  return body.access_token;
}
const call = (bearer: string, path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${two.url}${path}`, { ...init, headers: { authorization: `Bearer ${bearer}`, ...init.headers } });

describe('program of a partner', () => {
  it('gets a token by its secret and sees what its roles allow, no more', async () => {
    const program = await register(partner);
    expect(program.permissions).toContain('alarms.read');
    const bearer = await token(program);
    const answer = await call(bearer, '/v1/alarms');
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as Forwarded).principal).toEqual({
      kind: 'client',
      id: program.id,
      org: 'org_main',
      roles: partner.roles,
    });
    expect((await call(bearer, '/v1/users')).status).toBe(403);
    const take = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    expect((await call(bearer, '/v1/alarms/alm_1/take', take)).status).toBe(403);
    // No CSRF header is asked of a program: cookies play no part.
    const writer = await token(await register({ roles: [{ role: 'engineer', scope: 'organisation' }] }));
    expect((await call(writer, '/v1/alarms/alm_1/take', take)).status).toBe(200);
    const list = JSON.parse((await admin.get('/v1/api-clients')).text) as { data: Record<string, unknown>[] };
    const shown = list.data.find(({ id }) => id === program.id);
    expect(shown).toMatchObject({ name: 'TOS', revoked_at: null, last_used_at: expect.any(String) });
    expect(JSON.stringify(list)).not.toContain(program.client_secret);
    const stored = await two.store.transact((tx) => tx.query('select * from api_client_key'));
    expect(JSON.stringify(stored)).not.toContain(program.client_secret);
    await two.audited(({ action, target }) => action === 'client.create' && target.id === program.id);
  });

  it('can ask for less than it may', async () => {
    const bearer = await token(await register(partner), { scope: 'alarms.read' });
    expect((await call(bearer, '/v1/alarms')).status).toBe(200);
    expect((await call(bearer, '/v1/spreaders')).status).toBe(403);
    const program = await register(partner);
    const more = await post(
      '/oidc/token',
      { grant_type: 'client_credentials', scope: 'access.write' },
      basic(program.id, program.client_secret ?? ''),
    );
    expect(more.status).toBe(400);
  });

  it('proves itself by a key of its own, each proof once', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const program = await register({
      ...partner,
      method: 'private_key_jwt',
      jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] },
    });
    expect(program.client_secret).toBeNull();
    const assertion = await new SignJWT({ jti: 'once' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer(program.id)
      .setSubject(program.id)
      .setAudience(`${two.url}/oidc`)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey);
    const form = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    };
    const first = await post('/oidc/token', form);
    const { access_token: bearer } = (await first.json()) as { access_token: string };
    expect((await call(bearer, '/v1/alarms')).status).toBe(200);
    expect((await post('/oidc/token', form)).status).toBe(401);
    // A private key is refused, and so is a secret together with keys.
    const secretKey = { keys: [await exportJWK(privateKey)] };
    const wrong = { name: 'x', ...partner, method: 'private_key_jwt', jwks: secretKey };
    expect((await admin.json('POST', '/v1/api-clients', wrong)).status).toBe(400);
    expect((await admin.json('POST', '/v1/api-clients', { ...wrong, jwks: undefined })).status).toBe(400);
  });

  it('asks about its own tokens, and gives them back', async () => {
    const [mine, theirs] = [await register(partner), await register(partner)];
    const bearer = await token(mine);
    const ask = async (who: Program): Promise<unknown> =>
      (await post('/oidc/token/introspection', { token: bearer }, basic(who.id, who.client_secret ?? ''))).json();
    expect(await ask(mine)).toMatchObject({ active: true, client_id: mine.id, aud: `${two.url}/v1` });
    expect(await ask(theirs)).toEqual({ active: false });
    await post('/oidc/token/revocation', { token: bearer }, basic(theirs.id, theirs.client_secret ?? ''));
    expect((await call(bearer, '/v1/alarms')).status).toBe(200);
    const gone = await post('/oidc/token/revocation', { token: bearer }, basic(mine.id, mine.client_secret ?? ''));
    expect(gone.status).toBe(200);
    expect((await call(bearer, '/v1/alarms')).status).toBe(401);
    expect(await ask(mine)).toEqual({ active: false });
  });

  it('is out with the next request once it is revoked, and its tokens die by themselves', async () => {
    const program = await register(partner);
    const bearer = await token(program);
    expect((await admin.json('DELETE', `/v1/api-clients/${program.id}`)).status).toBe(200);
    expect((await call(bearer, '/v1/alarms')).status).toBe(401);
    const again = await post(
      '/oidc/token',
      { grant_type: 'client_credentials' },
      basic(program.id, program.client_secret ?? ''),
    );
    expect(again.status).toBe(401);
    await two.audited(({ action, target }) => action === 'client.revoke' && target.id === program.id);
    const old = await token(await register(partner));
    await two.store.transact((tx) =>
      tx.query(`update oidc_record set payload = payload || '{"exp": 1000}'::jsonb where model = 'ClientCredentials'`),
    );
    expect((await call(old, '/v1/alarms')).status).toBe(401);
  });

  it('is told by 401 and a challenge that a token is not good, whatever it looks like', async () => {
    const portal = two.browser();
    await portal.get('/auth/login');
    const codes = await two.store.transact((tx) => tx.query<{ id: string }>('select id from oidc_record limit 20'));
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"x"}').toString('base64url')}.`;
    for (const bad of ['x', 'x'.repeat(43), unsigned, ...codes.map(({ id }) => id).filter((id) => id.length < 43)]) {
      const answer = await call(bad, '/v1/alarms');
      expect([bad, answer.status, answer.headers.get('www-authenticate')]).toEqual([
        bad,
        401,
        'Bearer error="invalid_token"',
      ]);
    }
    // Not in the address, where it would be logged.
    const program = await token(await register(partner));
    expect((await fetch(`${two.url}/v1/alarms?access_token=${program}`)).status).toBe(401);
    for (const grant_type of ['password', 'implicit', 'urn:ietf:params:oauth:grant-type:token-exchange'])
      expect((await post('/oidc/token', { grant_type, username: email, password })).status).toBe(400);
  });
});

describe('limits', () => {
  it('say what is left, and hold back who asks too much without holding back others', async () => {
    await two.gateway.stop();
    await two.startGateway(undefined, { RATE_ADDRESS: '600', RATE_CALLER: '20', RATE_ORGANISATION: '1000' });
    const [busy, calm] = [await token(await register(partner)), await token(await register(partner))];
    const first = await call(busy, '/v1/alarms');
    expect(first.headers.get('ratelimit-policy')).toBe('"caller";q=20;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"caller";r=19;t=\d+$/);
    let last = first;
    for (let i = 0; i < 20; i++) last = await call(busy, '/v1/alarms');
    expect([last.status, Number(last.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect(last.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect((await call(calm, '/v1/alarms')).status).toBe(200);
  });

  it('run dry fast for who guesses tokens', async () => {
    let tries = 0;
    let answer = await call('g'.repeat(43), '/v1/alarms');
    while (answer.status === 401 && tries++ < 100) answer = await call(`${'g'.repeat(40)}${tries + 100}`, '/v1/alarms');
    expect(answer.status).toBe(429);
    expect(tries).toBeLessThan(12);
  });
});
