import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { makeId } from '@quaywatch/kernel';
import type { Browser, Page } from './browser';
import { dropView } from '@quaywatch/runtime';
import { platform, TwoServices } from './two-services';

const password = 'seven cranes at the quay';
const admin = { name: 'Ada Admin', email: 'Ada@Example.com', password };

let two: TwoServices;
beforeAll(async () => {
  two = await TwoServices.start();
}, 60_000);
afterAll(() => two.stop());

/** From nothing to the password form. */
const toForm = (browser: Browser): Promise<Page> => browser.get('/auth/login?return_to=/fleet');

async function signIn(browser: Browser, email: string, word: string): Promise<Page> {
  const form = await toForm(browser);
  return browser.form(new URL(form.url).pathname, { email, password: word });
}

describe('first administrator', () => {
  it('has a link that is renewed until it is used, once', async () => {
    const first = await two.setUpPath();
    const second = await two.setUpPath();
    expect(first).not.toEqual(second);
    const browser = two.browser();
    expect((await browser.get(first ?? '')).status).toBe(410);
    const page = await browser.get(second ?? '');
    expect(page.status).toBe(200);
    expect(page.text).toContain('You become the first administrator');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('cache-control')).toBe('no-store');

    expect((await browser.form(second ?? '', { ...admin, password: 'short' })).text).toContain(
      'at least 12 characters',
    );
    expect((await browser.form(second ?? '', { ...admin, email: 'nobody' })).status).toBe(400);
    expect((await browser.form(second ?? '', admin, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    const shown = await browser.form(second ?? '', { ...admin, name: '<b>"Ada"', password: 'short' });
    expect(shown.text).not.toContain('<b>');

    const done = await browser.form(second ?? '', admin);
    expect(done.status).toBe(200);
    expect(done.url).toContain('/oidc/interaction/');
    expect((await browser.get(second ?? '')).status).toBe(410);
    expect((await browser.form(second ?? '', admin)).status).toBe(410);
    expect(await two.setUpPath()).toBeNull();
    await two.audited((entry) => entry.action === 'user.set-up' && entry.outcome === 'success');
  });

  it('is nobody else’s to ask for', async () => {
    expect((await two.internal('POST', '/internal/set-up-link', null, {})).status).toBe(403);
    expect(
      (await two.internal('POST', '/internal/set-up-link', { ...platform('org_main'), kind: 'user' }, {})).status,
    ).toBe(403);
    expect((await fetch(`${two.userAccess.url}/internal/set-up-link`, { method: 'POST' })).status).toBe(403);
    expect((await fetch(`${two.userAccess.url}/oidc/.well-known/openid-configuration`)).status).toBe(403);
    expect((await fetch(`${two.url}/internal/set-up-link`, { method: 'POST' })).status).toBe(404);
  });
});

describe('sign-in', () => {
  it('goes by code and PKCE to a session, and back to the page that was wanted', async () => {
    const browser = two.browser();
    const form = await toForm(browser);
    expect(form.status).toBe(200);
    const authorization = new URL(browser.visited.find((url) => url.includes('/oidc/auth?')) ?? '');
    expect(Object.fromEntries(authorization.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: `${two.url}/auth/callback`,
      state: expect.any(String),
      nonce: expect.any(String),
    });
    const before = browser.cookie('quaywatch');
    const page = await browser.form(new URL(form.url).pathname, { email: ' ada@example.COM ', password });
    expect(page.status).toBe(200);
    expect(new URL(page.url).pathname).toBe('/fleet');
    expect(page.text).toContain('<title>portal</title>');
    expect(browser.cookie('quaywatch')).not.toEqual(before);
    expect(browser.visited.find((url) => url.includes('/auth/callback'))).toContain(
      `iss=${encodeURIComponent(`${two.url}/oidc`)}`,
    );

    const me = await browser.get('/v1/me');
    expect(me.status).toBe(200);
    expect(JSON.parse(me.text)).toMatchObject({
      org: { id: 'org_main' },
      name: admin.name,
      email: admin.email,
      roles: [{ role: 'administrator', scope: 'organisation' }],
      permissions: expect.arrayContaining(['access.write', 'audit.read']),
    });
    await two.audited(
      (entry) => entry.action === 'sign-in' && entry.outcome === 'success' && entry.address === '127.0.0.1',
    );
    // The code works once.
    const used = browser.visited.find((url) => url.includes('/auth/callback?'));
    expect((await two.browser().get(used ?? '')).status).toBe(400);
  });

  it('tells the browser nothing but the cookie', async () => {
    const browser = two.browser();
    const page = await signIn(browser, admin.email, password);
    expect(page.status).toBe(200);
    const { text } = await browser.get('/v1/me');
    expect(text).not.toMatch(/token|eyJ/);
    const response = await fetch(`${two.url}/auth/login`, { redirect: 'manual' });
    expect(response.headers.getSetCookie()[0]).toMatch(/^quaywatch=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it('refuses a wrong password and an unknown person alike', async () => {
    const answers: Page[] = [];
    for (const [email, word] of [
      [admin.email, 'not the right password'],
      ['nobody@example.com', password],
      ['', ''],
    ] as const) {
      answers.push(await signIn(two.browser(), email, word));
    }
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.text).toContain('E-mail or password is not right.');
    }
    const strip = (page: Page | undefined, email: string): string =>
      (page?.text ?? '')
        .replace(/interaction\/[\w-]+/g, '')
        .replace(/challenge&#34;:&#34;[\w-]+/, '')
        .replace(email, '');
    expect(strip(answers[0], admin.email)).toEqual(strip(answers[1], 'nobody@example.com'));
    await two.audited(
      (entry) => entry.action === 'sign-in' && entry.outcome === 'failure' && entry.target.id === 'unknown',
    );
    const log =
      JSON.stringify(await two.read('audit')) + JSON.stringify(await two.read('access')) + (await two.logged());
    expect(log).not.toMatch(/example\.com|Ada|seven cranes/i);
  });

  it('slows guessing down, also of a right password, by account and for everybody the same', async () => {
    for (const email of ['Slow@example.com', admin.email]) {
      const browser = two.browser();
      const form = await toForm(browser);
      const path = new URL(form.url).pathname;
      const statuses: number[] = [];
      for (let i = 0; i < 6; i++)
        statuses.push((await browser.form(path, { email, password: `guess number ${i} of many` })).status);
      // The administrator has failed once before, in the test above.
      expect(statuses).toEqual(email === admin.email ? [401, 401, 401, 401, 429, 429] : [401, 401, 401, 401, 401, 429]);
      const blocked = await browser.form(path, { email: email.toUpperCase(), password });
      expect(blocked.status).toBe(429);
      expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0);
      // Answered from memory: no form, and the way back to it.
      expect(blocked.text).toContain('Back to sign-in');
      expect((await browser.get(path)).text).toContain('type="password"');
    }
    two.offset += 10_000;
    expect((await signIn(two.browser(), admin.email, password)).status).toBe(200);
  });

  it('refuses a known block without asking the database, until its time; another person comes in there meanwhile', async () => {
    const email = 'Asked@example.com';
    const browser = two.browser();
    const path = new URL((await toForm(browser)).url).pathname;
    const guess = (): Promise<Page> => browser.form(path, { email, password: 'a guess of many' });
    for (let i = 0; i < 5; i++) expect((await guess()).status).toBe(401);
    expect((await guess()).status).toBe(429);
    const statements: string[] = [];
    const { transact } = two.store;
    const spy = jest.spyOn(two.store, 'transact').mockImplementation(
      (work) =>
        transact.call(two.store, async (tx) => {
          const query = jest.spyOn(tx, 'query');
          const done = await work(tx);
          statements.push(...query.mock.calls.map(([text]) => text));
          query.mockRestore();
          return done;
        }) as never,
    );
    try {
      const asked = (): string[] =>
        statements.splice(0).filter((text) => /sign_in|known_address|oidc|person/.test(text));
      expect((await guess()).status).toBe(429);
      expect(asked()).toEqual([]);
      // Whom the block is not of is let in meanwhile, and that does ask.
      expect((await signIn(two.browser(), admin.email, password)).status).toBe(200);
      expect(asked().length).toBeGreaterThan(5);
      two.offset += 2000;
      expect((await guess()).status).toBe(401);
      expect(asked().filter((text) => text.includes('sign_in_attempt')).length).toBeGreaterThan(1);
    } finally {
      spy.mockRestore();
    }
    two.offset += 10_000;
  });

  it('takes a form only with the cookie of its own interaction', async () => {
    const [victim, attacker] = [two.browser(), two.browser()];
    const path = new URL((await toForm(attacker)).url).pathname;
    expect((await victim.form(path, { email: admin.email, password })).status).toBe(400);
    expect(
      (await attacker.form(path, { email: admin.email, password }, { 'sec-fetch-site': 'cross-site' })).status,
    ).toBe(403);
  });

  it('refuses a callback that this browser has not started', async () => {
    const browser = two.browser();
    await toForm(browser);
    for (const query of ['', '?code=x&state=y', `?error=access_denied&state=x&iss=${two.url}/oidc`]) {
      expect((await browser.get(`/auth/callback${query}`)).status).toBe(400);
    }
  });

  it('works in several tabs at once', async () => {
    const browser = two.browser();
    const forms = [await toForm(browser), await browser.get('/auth/login?return_to=/alarms')];
    for (const [i, form] of forms.entries()) {
      const page = await browser.form(new URL(form.url).pathname, { email: admin.email, password });
      expect(page.status).toBe(200);
      expect(new URL(page.url).pathname).toBe(['/fleet', '/'][i]);
    }
  });

  it('refuses anything but code with PKCE S256 to the registered address', async () => {
    const ask = async (change: Record<string, string | undefined>): Promise<Page> => {
      const parameters = {
        client_id: 'portal',
        response_type: 'code',
        scope: 'openid',
        redirect_uri: `${two.url}/auth/callback`,
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256',
        ...change,
      };
      const search = new URLSearchParams(
        Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined),
      );
      return two.browser().get(`/oidc/auth?${search.toString()}`);
    };
    expect((await ask({})).url).toContain('/oidc/interaction/');
    for (const change of [
      { redirect_uri: `${two.url}/auth/callback/` },
      { redirect_uri: `${two.url}/auth/callback?x=1` },
      { redirect_uri: 'https://evil.example.com/auth/callback' },
      { code_challenge: undefined },
      { code_challenge_method: 'plain' },
      { code_challenge_method: undefined },
      { response_type: 'token' },
      { response_type: 'id_token', nonce: 'n' },
      { client_id: 'somebody' },
    ]) {
      const answer = await ask(change);
      expect({ change, in: answer.url.includes('/oidc/interaction/') }).toEqual({ change, in: false });
    }
    const grant = await fetch(`${two.url}/oidc/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'password', username: admin.email, password, client_id: 'portal' }),
    });
    expect(grant.status).toBeGreaterThanOrEqual(400);
  });
});

describe('session', () => {
  it('is dead after signing out, here and at the provider', async () => {
    const browser = two.browser();
    await signIn(browser, admin.email, password);
    const old = browser.cookie('quaywatch') ?? '';
    expect((await browser.get('/auth/logout')).status).toBe(405);
    expect((await browser.json('POST', '/auth/logout', undefined, { 'x-csrf': '0' })).status).toBe(403);
    expect((await browser.get('/v1/me')).status).toBe(200);
    const out = await browser.json('POST', '/auth/logout');
    expect([out.status, JSON.parse(out.text)]).toEqual([200, { redirect: '/' }]);
    expect(out.headers.get('clear-site-data')).toBe('"cache"');
    browser.setCookie('quaywatch', old);
    expect((await browser.get('/v1/me')).status).toBe(401);
    // The provider asks for the password again.
    expect((await toForm(browser)).url).toContain('/oidc/interaction/');
    await two.audited((entry) => entry.action === 'sign-out');
  });

  it('ends when it is not used for 30 minutes, and after 8 hours in any case', async () => {
    const idle = two.browser();
    await signIn(idle, admin.email, password);
    two.offset += 29 * 60_000;
    expect((await idle.get('/v1/me')).status).toBe(200);
    two.offset += 29 * 60_000;
    expect((await idle.get('/v1/me')).status).toBe(200);
    two.offset += 31 * 60_000;
    expect((await idle.get('/v1/me')).status).toBe(401);

    const busy = two.browser();
    await signIn(busy, admin.email, password);
    for (let i = 0; i < 23; i++) {
      two.offset += 20 * 60_000;
      expect((await busy.get('/v1/me')).status).toBe(200);
    }
    two.offset += 21 * 60_000;
    expect((await busy.get('/v1/me')).status).toBe(401);
  });

  it('takes no cookie that we have not signed', async () => {
    const browser = two.browser();
    await signIn(browser, admin.email, password);
    const cookie = decodeURIComponent(browser.cookie('quaywatch') ?? '');
    browser.setCookie(
      'quaywatch',
      encodeURIComponent(cookie.replace(/^(s:.*?)\..*/, '$1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')),
    );
    expect((await browser.get('/v1/me')).status).toBe(401);
  });

  it('survives a restart of both services', async () => {
    const browser = two.browser();
    await signIn(browser, admin.email, password);
    const half = two.browser();
    const form = await toForm(half);
    await two.gateway.stop();
    await two.userAccess.stop();
    await two.startUserAccess();
    await two.startGateway();
    expect((await browser.get('/v1/me')).status).toBe(200);
    const page = await half.form(new URL(form.url).pathname, { email: admin.email, password });
    expect([page.status, new URL(page.url).pathname]).toEqual([200, '/fleet']);
  });
});

describe('invited person', () => {
  it('joins with what they were given, and sees no more than that', async () => {
    const browser = two.browser();
    await signIn(browser, admin.email, password);
    const roles = [{ role: 'viewer', scope: { terminals: ['ter_1'] } }];
    const invitation = await browser.json('POST', '/v1/users', { name: 'Vic', email: 'vic@example.com', roles });
    expect(invitation.status).toBe(201);
    const { id, link } = JSON.parse(invitation.text) as { id: string; link: string };
    const list = JSON.parse((await browser.get('/v1/users?limit=1')).text) as {
      data: unknown[];
      next_cursor: string;
      has_more: boolean;
    };
    const rest = JSON.parse((await browser.get(`/v1/users?cursor=${list.next_cursor}`)).text) as typeof list;
    expect([list.has_more, rest.has_more]).toEqual([true, false]);
    expect([...list.data, ...rest.data]).toContainEqual({
      id,
      name: 'Vic',
      email: 'vic@example.com',
      state: 'invited',
      roles,
    });
    expect((await browser.json('POST', '/v1/users', { name: 'Ada', email: 'ADA@example.com', roles })).status).toBe(
      409,
    );

    // In the same browser where the administrator is signed in: the new person must sign in as themselves.
    const joined = await browser.form(new URL(link).pathname, {
      name: 'Vic Viewer',
      email: 'other@example.com',
      password: 'green boats in the harbour',
    });
    expect(joined.url).toContain('/oidc/interaction/');
    const asVic = await browser.form(new URL(joined.url).pathname, {
      email: 'vic@example.com',
      password: 'green boats in the harbour',
    });
    expect(asVic.status).toBe(200);
    expect(JSON.parse((await browser.get('/v1/me')).text)).toMatchObject({ id, name: 'Vic Viewer' });
    const own = two.browser();
    expect((await signIn(own, 'other@example.com', 'green boats in the harbour')).status).toBe(401);
    expect((await signIn(own, 'vic@example.com', 'green boats in the harbour')).status).toBe(200);
    expect(JSON.parse((await own.get('/v1/me')).text)).toMatchObject({
      id,
      name: 'Vic Viewer',
      email: 'vic@example.com',
      roles,
    });

    expect((await own.get('/v1/users')).status).toBe(403);
    expect((await own.json('POST', '/v1/users', { name: 'X', email: 'x@example.com', roles })).status).toBe(403);
    expect((await own.json('POST', '/v1/alarms/alm_1/take', {})).status).toBe(403);
    await two.audited(
      (entry) =>
        entry.class === 'authorisation' &&
        entry.actor.id === id &&
        entry.action === 'takeAlarm' &&
        entry.outcome === 'refused',
    );
    // What the owning service gets to decide with: the scope goes along.
    const forwarded = JSON.parse((await own.get('/v1/alarms')).text) as { principal: unknown };
    expect(forwarded.principal).toEqual({
      kind: 'user',
      id,
      org: 'org_main',
      roles,
      session: expect.stringMatching(/^ses_/),
    });
  });

  it('is out at the next request once disabled', async () => {
    const own = two.browser();
    await signIn(own, 'vic@example.com', 'green boats in the harbour');
    const { id } = JSON.parse((await own.get('/v1/me')).text) as { id: string };
    const at = Date.now() + two.offset;
    await two.store.transact(async (tx) => {
      const past = await tx.facts.read(`user-${id}`);
      const fact = {
        id: makeId('event', at, two.adapters.clock.random(16)),
        type: 'user-disabled',
        v: 1,
        org: 'org_main',
        key: id,
        time: at,
        data: { user: id, by: 'usr_x', reason: 'left' },
      };
      await tx.facts.append(`user-${id}`, past.at(-1)?.revision ?? 0, [fact]);
    });
    const until = Date.now() + 8000;
    let status = 200;
    while (status === 200 && Date.now() < until) {
      status = (await own.get('/v1/me')).status;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(status).toBe(401);
    expect((await signIn(two.browser(), 'vic@example.com', 'green boats in the harbour')).status).toBe(401);
  });
});

describe('view of accounts', () => {
  it('comes out the same when it is built anew from the log', async () => {
    const rows = (): Promise<unknown[]> =>
      two.store.transact((tx) => tx.query('select * from account order by user_id'));
    const before = await rows();
    expect(before.length).toBeGreaterThan(1);
    await two.userAccess.stop();
    await dropView(two.store, 'accounts', ['account']);
    expect(await rows()).toEqual([]);
    await two.startUserAccess();
    const until = Date.now() + 8000;
    while (JSON.stringify(await rows()) !== JSON.stringify(before) && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await rows()).toEqual(before);
    expect((await signIn(two.browser(), admin.email, password)).status).toBe(200);
  });
});
