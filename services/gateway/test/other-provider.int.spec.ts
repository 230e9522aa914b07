import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '@quaywatch/contracts';
import { waitUntil } from '@quaywatch/ports/testing';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider/lib/provider.js';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Browser, type Page } from './browser';
import { TwoServices } from './two-services';

/** Another organisation's identity provider: signs in whoever the test says, without asking. */
class OtherProvider {
  private readonly server: Server;
  issuer = '';
  /** What it says of how it asked, and what it was last asked for. */
  said: { acr?: string; amr?: string[] } = {};
  askedFor: string | null = null;
  person: { sub: string; email: string; verified: boolean; groups?: string[] } = {
    sub: 'ext-1',
    email: 'vic@example.com',
    verified: true,
  };

  constructor() {
    this.server = createServer();
  }

  async start(redirectUri: string): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.issuer = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    const records = new Map<string, { payload: Record<string, unknown> }>();
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const provider = new Provider(this.issuer, {
      jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' } as never] },
      ttl: { Interaction: 600, Grant: 600, Session: 600, IdToken: 600, AccessToken: 600 },
      adapter: (model: string) => ({
        upsert: async (id: string, payload: Record<string, unknown>) => void records.set(`${model} ${id}`, { payload }),
        find: async (id: string) => records.get(`${model} ${id}`)?.payload,
        findByUid: async (uid: string) =>
          [...records.values()].find(({ payload }) => payload['uid'] === uid && payload['kind'] === model)?.payload,
        findByUserCode: async () => undefined,
        consume: async (id: string) =>
          void Object.assign(records.get(`${model} ${id}`)?.payload ?? {}, { consumed: 1 }),
        destroy: async (id: string) => void records.delete(`${model} ${id}`),
        revokeByGrantId: async () => undefined,
      }),
      clients: [
        {
          client_id: 'quaywatch',
          client_secret: 'a-secret-of-another-provider',
          redirect_uris: [redirectUri],
          post_logout_redirect_uris: [`${new URL(redirectUri).origin}/`],
        },
      ],
      cookies: { keys: ['k'.repeat(32)] },
      acrValues: ['urn:quay:two-factors'],
      claims: { openid: ['sub', 'acr', 'amr'], email: ['email', 'email_verified', 'groups', 'name'] },
      conformIdTokenClaims: false,
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_ctx: unknown, interaction: { uid: string }) => `/sign-in/${interaction.uid}` },
      findAccount: async (_ctx: unknown, id: string) => ({
        accountId: id,
        claims: async () => ({
          sub: id,
          email: this.person.email,
          email_verified: this.person.verified,
          name: 'Gro Up',
          groups: this.person.groups ?? [],
        }),
      }),
      loadExistingGrant: async (ctx) => {
        const grant = new ctx.oidc.provider.Grant({ clientId: 'quaywatch', accountId: ctx.oidc.session?.accountId });
        grant.addOIDCScope('openid email');
        await grant.save();
        return grant;
      },
    });
    const handle = provider.callback();
    this.server.on('request', (req, res) => {
      if (req.url?.startsWith('/auth?')) this.askedFor = new URL(req.url, this.issuer).searchParams.get('acr_values');
      if (req.url?.startsWith('/sign-in/'))
        void provider.interactionFinished(req, res, { login: { accountId: this.person.sub, ...this.said } });
      else void handle(req, res);
    });
  }

  stop(): Promise<unknown> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

const other = new OtherProvider();
let two: TwoServices;
beforeAll(async () => {
  two = await TwoServices.start(undefined, {
    ORGANISATION: 'org_main',
    EXTERNAL_GROUP_ROLES: JSON.stringify({
      'quay viewers': { role: 'viewer', scope: { terminals: ['ter_1'] } },
      'quay security': { role: 'security_officer', scope: 'organisation' },
    }),
  });
  await other.start(`${two.url}/auth/callback`);
  await two.adapters.secrets.write('other-client', new TextEncoder().encode('a-secret-of-another-provider'));
  await two.gateway.stop();
  await two.startGateway(undefined, {
    OIDC_ISSUER: other.issuer,
    OIDC_CLIENT_ID: 'quaywatch',
    OIDC_CLIENT_SECRET_NAME: 'other-client',
  });
}, 60_000);
afterAll(async () => {
  await two.stop();
  await other.stop();
});

/** Signs in: our gateway, the other provider, and back. */
async function signIn(browser: Browser): Promise<Page> {
  const away = await browser.get('/auth/login');
  const back = await new Browser(other.issuer).get(away.headers.get('location') ?? '');
  return browser.get(back.headers.get('location') ?? '');
}

const invite = (email: string): Promise<Response> =>
  two.internal(
    'POST',
    '/v1/users',
    { kind: 'service', id: 'platform', org: 'org_main', roles: [{ role: 'administrator', scope: 'organisation' }] },
    {
      name: 'Vic',
      email,
      roles: [{ role: 'viewer', scope: 'organisation' }],
    },
  );

describe('another OpenID provider', () => {
  it('lets in nobody who was not invited', async () => {
    const browser = two.browser();
    const page = await signIn(browser);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining('nobody has invited you')]);
    expect((await browser.get('/v1/me')).status).toBe(401);
  });

  it('gives an invitation only to an e-mail address which it has verified', async () => {
    expect((await invite('vic@example.com')).status).toBe(201);
    other.person = { ...other.person, verified: false };
    expect((await signIn(two.browser())).status).toBe(400);
    other.person = { ...other.person, verified: true };
    const browser = two.browser();
    expect((await signIn(browser)).status).toBe(200);
    expect(JSON.parse((await browser.get('/v1/me')).text)).toMatchObject({
      email: 'vic@example.com',
      roles: [{ role: 'viewer', scope: 'organisation' }],
    });
    await two.audited(
      (entry) => entry.action === 'sign-in' && entry.outcome === 'success' && entry.detail?.['issuer'] === other.issuer,
    );
  });

  it('knows people by issuer and subject, never again by e-mail', async () => {
    other.person = { ...other.person, email: 'new-name@example.com' };
    expect((await signIn(two.browser())).status).toBe(200);
    other.person = { sub: 'ext-2', email: 'vic@example.com', verified: true };
    expect((await signIn(two.browser())).status).toBe(400);
  });

  it('is told when somebody signs out', async () => {
    other.person = { sub: 'ext-1', email: 'vic@example.com', verified: true };
    const browser = two.browser();
    await signIn(browser);
    const { redirect } = JSON.parse((await browser.json('POST', '/auth/logout')).text) as { redirect: string };
    const url = new URL(redirect);
    expect([url.origin, url.searchParams.get('post_logout_redirect_uri')]).toEqual([other.issuer, `${two.url}/`]);
    expect((await browser.get('/v1/me')).status).toBe(401);
  });

  it('brings people in by their groups, at their first sign-in, and keeps their roles to the groups', async () => {
    const viewer = { role: 'viewer', scope: { terminals: ['ter_1'] } };
    const officer = { role: 'security_officer', scope: 'organisation' };
    const rolesWith = async (groups: string[]): Promise<unknown> => {
      other.person = { sub: 'ext-7', email: 'gro@example.com', verified: true, groups };
      const browser = two.browser();
      await signIn(browser);
      return (JSON.parse((await browser.get('/v1/me')).text) as { roles?: unknown }).roles;
    };
    expect(await rolesWith(['others'])).toBeUndefined();
    expect(await rolesWith(['quay viewers', 'others'])).toEqual([viewer]);
    expect(await rolesWith(['quay viewers', 'quay security'])).toEqual([viewer, officer]);
    expect(await rolesWith(['quay security'])).toEqual([officer]);
    expect(await rolesWith([])).toEqual([]);
    await two.audited(({ action, detail }) => action === 'user.register' && detail?.['just_in_time'] === 'yes');
    await two.audited(({ action, detail }) => action === 'user.revoke-role' && detail?.['by'] === 'groups');
    // A role given by hand is not the groups' to take.
    const { user_id: id } = (
      await two.store.transact((tx) =>
        tx.query<{ user_id: string }>(`select user_id from person where email_key = 'gro@example.com'`),
      )
    )[0] as { user_id: string };
    const by = {
      kind: 'user',
      id: 'usr_x',
      org: 'org_main',
      roles: [{ role: 'administrator', scope: 'organisation' }],
    };
    const planner = { role: 'planner', scope: 'organisation' };
    expect((await two.internal('POST', `/v1/users/${id}/roles`, by as never, planner)).status).toBe(200);
    expect(await rolesWith(['quay viewers'])).toEqual([planner, viewer]);
  });

  it('cannot take over by a group whom we know ourselves', async () => {
    expect((await invite('own@example.com')).status).toBe(201);
    await two.store.transact((tx) =>
      tx.query(
        `update account set state = 'active' where user_id = (select user_id from person where email_key = 'own@example.com')`,
      ),
    );
    other.person = { sub: 'ext-8', email: 'own@example.com', verified: true, groups: ['quay viewers'] };
    expect((await signIn(two.browser())).status).toBe(400);
  });
});

describe('people whom the provider has provisioned (SCIM)', () => {
  const administrator: Principal = {
    kind: 'service',
    id: 'platform',
    org: 'org_main',
    roles: [{ role: 'administrator', scope: 'organisation' }],
  };
  const scim = async (method: string, path: string, body?: object): Promise<{ id: string }> => {
    const answer = await two.internal(method, `/v1/scim/v2${path}`, administrator, body);
    expect([200, 201]).toContain(answer.status);
    return (await answer.json()) as { id: string };
  };
  const rolesSeen = async (browser: Browser): Promise<unknown> =>
    (JSON.parse((await browser.get('/v1/me')).text) as { roles: unknown }).roles;

  it('sign in without an invitation, with the roles of their groups, also when the provider tells none', async () => {
    const { id } = await scim('POST', '/Users', { userName: 'pro@example.com', displayName: 'Pro Visioned' });
    const group = await scim('POST', '/Groups', { displayName: 'quay viewers', members: [{ value: id }] });
    other.person = { sub: 'ext-scim', email: 'pro@example.com', verified: true };
    const browser = two.browser();
    expect((await signIn(browser)).status).toBe(200);
    expect(await rolesSeen(browser)).toEqual([{ role: 'viewer', scope: { terminals: ['ter_1'] } }]);
    await signIn(browser);
    expect(await rolesSeen(browser)).toHaveLength(1);
    await scim('PUT', `/Groups/${group.id}`, { displayName: 'quay viewers', members: [] });
    // Not through the gateway: it learns of it when what it remembers of callers is over.
    await waitUntil('the role is gone', async () => ((await rolesSeen(browser)) as unknown[]).length === 0, 30_000);
  });

  it('who were shut out and let in before they ever came can still come; nobody else takes their place', async () => {
    const { id } = await scim('POST', '/Users', { userName: 'late@example.com', active: false });
    other.person = { sub: 'ext-late', email: 'late@example.com', verified: true };
    expect((await signIn(two.browser())).status).toBe(400);
    await scim('PUT', `/Users/${id}`, { userName: 'late@example.com', active: true });
    expect((await signIn(two.browser())).status).toBe(200);
    other.person = { sub: 'ext-thief', email: 'late@example.com', verified: true };
    expect((await signIn(two.browser())).status).toBe(400);
  });
});

describe('where the organisation requires a second factor', () => {
  const require = async (secondFactor: string): Promise<void> => {
    const by: Principal = {
      kind: 'user',
      id: 'usr_x',
      org: 'org_main',
      roles: [{ role: 'administrator', scope: 'organisation' }],
    };
    const answer = await two.internal('PUT', '/v1/access-policy', by, { second_factor: secondFactor });
    expect(answer.status).toBe(200);
  };
  beforeAll(async () => {
    other.person = { sub: 'ext-1', email: 'vic@example.com', verified: true };
    await require('required');
    await two.gateway.stop();
    await two.startGateway(undefined, {
      OIDC_ISSUER: other.issuer,
      OIDC_CLIENT_ID: 'quaywatch',
      OIDC_CLIENT_SECRET_NAME: 'other-client',
      OIDC_MFA_ACR: 'urn:quay:two-factors',
    });
  });
  afterAll(() => require('off'));

  it.each([
    ['nothing', {}],
    ['a password', { amr: ['pwd'] }],
    ['an acr that we do not know', { amr: ['pwd'], acr: 'urn:elsewhere:gold' }],
  ])('lets nobody in of whom the provider says: %s', async (_, said) => {
    other.said = said;
    const browser = two.browser();
    const page = await signIn(browser);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining('second factor')]);
    expect((await browser.get('/v1/me')).status).toBe(401);
    await two.audited(
      ({ action, outcome, reason }) => action === 'sign-in' && outcome === 'failure' && /second/.test(reason ?? ''),
    );
  });

  it.each([
    ['amr mfa', { amr: ['pwd', 'mfa'] }],
    ['an acr of the list, which was asked for', { acr: 'urn:quay:two-factors' }],
  ])('lets them in with %s', async (_, said) => {
    other.said = said;
    expect((await signIn(two.browser())).status).toBe(200);
    expect(other.askedFor).toBe('urn:quay:two-factors');
  });
});
