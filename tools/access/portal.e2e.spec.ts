import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import axe from 'axe-core';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Secret, TOTP } from 'otpauth';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { TwoServices } from '../../services/gateway/test/two-services';

// The pages on one's account and on who may do what: the built portal, the real gateway and user-access on PostgreSQL,
// in a real Chromium with a virtual authenticator.

const browserPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const inBrowser = existsSync(browserPath) || process.env['CI'] === 'true' ? describe : describe.skip;
const root = fileURLToPath(new URL('../..', import.meta.url));
const pictures = process.env['PORTAL_PICTURES'];
const email = 'ada@example.com';
const password = 'seven cranes at the quay';

inBrowser('account and security', () => {
  let dist: string;
  let two: TwoServices;
  let chrome: Browser;
  let context: BrowserContext;
  let page: Page;
  let errors: string[] = [];

  beforeAll(async () => {
    dist = mkdtempSync(join(tmpdir(), 'portal-security-'));
    const built = spawnSync(
      process.execPath,
      [join(root, 'node_modules/vite/bin/vite.js'), 'build', 'services/portal', '--outDir', dist, '--emptyOutDir'],
      { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' } },
    );
    expect(built.stderr + built.stdout).toContain('built in');
    two = await TwoServices.start('http://localhost:{port}', { PORTAL_DIR: dist, SECOND_FACTOR: 'off' });
    chrome = await chromium.launch({
      executablePath: browserPath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    });
    if (pictures) mkdirSync(pictures, { recursive: true });
    context = await chrome.newContext({ locale: 'en-GB', reducedMotion: 'reduce' });
    await context.grantPermissions(['clipboard-write'], { origin: two.url });
    page = await context.newPage();
    page.setDefaultTimeout(12_000);
    page.on('console', (message) => {
      // A refusal that the page then deals with is logged by the browser itself.
      if (message.type() === 'error' && !/status of 40[039]/.test(message.text())) errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(error.message));
    const cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await page.goto(`${two.url}${await two.setUpPath()}`);
    await page.fill('[name=name]', 'Ada Lind');
    await page.fill('[name=email]', email);
    await page.fill('[name=password]', password);
    await page.click('button[type=submit]');
    await signInOn(page);
    await page.waitForURL(`${two.url}/`);
  }, 180_000);

  afterAll(async () => {
    await chrome?.close();
    await two?.stop();
    if (dist) rmSync(dist, { recursive: true, force: true });
  }, 60_000);

  beforeEach(() => void (errors = []));
  afterEach(() => expect(errors).toEqual([]));

  const signInOn = async (on: Page): Promise<void> => {
    await on.fill('[name=email]', email);
    await on.fill('[name=password]', password);
    await on.getByRole('button', { name: 'Sign in', exact: true }).click();
  };
  const sees = async (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
  const button = (name: string): ReturnType<Page['getByRole']> => page.getByRole('button', { name, exact: true });
  const codeOf = (secret: string): string =>
    new TOTP({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30 }).generate({
      timestamp: Date.now() + two.offset,
    });

  it('My account: a change after a while asks for a fresh sign-in, keeps what was entered, and is made then', async () => {
    // The other services are stand-ins here: from a page of ours, not from Attention.
    await page.goto(`${two.url}/security/policy`);
    await page.getByRole('button', { name: /Account/ }).click();
    await page.getByRole('link', { name: 'My account' }).click();
    await page.getByRole('heading', { level: 1, name: 'My account' }).waitFor();
    await sees('this session');
    two.offset += 16 * 60_000;
    await button('Set up').click();
    await page.getByRole('dialog', { name: 'Is it still you?' }).waitFor();
    // Not now: nothing happens, and it is told.
    await button('Do not change it').click();
    await sees('Nothing was changed.');
    await button('Set up').click();
    const [popup] = await Promise.all([page.waitForEvent('popup'), button('Sign in again').click()]);
    const closed = popup.waitForEvent('close');
    await signInOn(popup);
    await closed;
    const secret = (await page.locator('.shown-once code').first().innerText()).replaceAll(' ', '');
    await page.getByLabel('Code of the app').fill('000000');
    await button('Confirm').click();
    await sees(/This code is not right/);
    await page.getByLabel('Code of the app').fill(codeOf(secret));
    await page.keyboard.press('Enter');
    await sees('These codes are shown this once.');
    expect(await page.locator('.codes code').count()).toBe(10);
    await button('I have kept them').click();
    await sees('10 recovery codes are left.');
    await button('Remove Authenticator app').click();
    await sees('Authenticator app is removed.');
  }, 120_000);

  it('My account: a passkey is made by keyboard, named, and removed; sessions end; a new device is told of', async () => {
    await page.getByLabel('Name of the new passkey').focus();
    await page.keyboard.type('Work phone');
    await page.keyboard.press('Enter');
    await sees('Work phone is added.');
    await button('I have kept them').click();
    await page.getByRole('button', { name: 'Remove Work phone' }).click();
    await sees('Work phone is removed.');

    const elsewhere = two.browser();
    const agent = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0' };
    const form = await elsewhere.get('/auth/login', agent);
    await elsewhere.form(new URL(form.url).pathname, { email, password }, agent);
    expect((await elsewhere.get('/v1/me')).status).toBe(200);
    await page.reload();
    const notice = page.getByRole('listitem').filter({
      hasText: /signed in to your account from a device not seen before: Firefox, Windows, 127\.0\.0\.1/,
    });
    await notice.getByRole('button', { name: 'That was me', exact: true }).click();
    await notice.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^End the session of Firefox, Windows/ }).click();
    await sees('The session has ended.');
    expect((await elsewhere.get('/v1/me')).status).toBe(401);
  }, 120_000);

  it('My account: the password is changed with the present one only', async () => {
    await page.getByLabel('Present password').fill('not the present one');
    await page.getByLabel('New password').fill('nine gulls on a mooring line');
    await button('Change the password').click();
    await sees(/The present password is not right/);
    await page.getByLabel('Present password').fill(password);
    await button('Change the password').click();
    await sees('The password is changed.');
    // Back, for the tests after this one.
    await page.getByLabel('Present password').fill('nine gulls on a mooring line');
    await page.getByLabel('New password').fill(password);
    await button('Change the password').click();
    await page.getByLabel('Present password').and(page.locator('[value=""]')).waitFor();
  }, 60_000);

  it('People: somebody is invited, joins, gets a role for a time, loses it, and is shut out', async () => {
    await page.getByRole('link', { name: 'Security', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'People' }).waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Bo Ek');
    await page.getByLabel('E-mail').fill('bo@example.com');
    await page.getByLabel('Role').selectOption('engineer');
    await button('Invite').click();
    const link = await page.locator('.shown-once code').innerText();
    const bo = two.browser();
    const form = await bo.form(new URL(link).pathname, { name: 'Bo Ek', password });
    await bo.form(new URL(form.url).pathname, { email: 'bo@example.com', password });
    expect((await bo.get('/v1/me')).status).toBe(200);

    await page.getByRole('link', { name: 'Bo Ek' }).click();
    await page.getByRole('heading', { level: 1, name: 'Bo Ek' }).waitFor();
    await sees('Engineer, everywhere');
    await page.getByLabel('Role', { exact: true }).selectOption('planner');
    await page.getByLabel(/^Until/).fill('2027-01-31T12:00');
    await button('Give').click();
    await sees(/^Planner, everywhere until 31 Jan 2027, 12:00 is given\.$/);
    await page.getByRole('button', { name: 'Take away: Engineer, everywhere' }).click();
    await sees('Engineer, everywhere is taken away.');
    const roles = (JSON.parse((await bo.get('/v1/me')).text) as { roles: { role: string }[] }).roles;
    expect(roles.map(({ role }) => role)).toEqual(['planner']);
    await page.getByLabel('Reason, for the audit trail').fill('left the company');
    await button('Shut out').click();
    await sees('Bo Ek is shut out.');
    expect((await bo.get('/v1/me')).status).toBe(401);
    await button('Let in again').click();
    await sees('Bo Ek can sign in again.');
  }, 120_000);

  it('Programs: the secret is shown once, exchanged, and dead when the program is shut out', async () => {
    await page.getByRole('link', { name: 'Programs' }).click();
    await page.getByLabel('Name', { exact: true }).fill('TOS');
    await button('Register').click();
    const [id, secret] = await Promise.all([0, 1].map((n) => page.locator('.shown-once code').nth(n).innerText()));
    const status = async (word = ''): Promise<number> => {
      const authorization = `Basic ${Buffer.from(`${id}:${word}`).toString('base64')}`;
      const body = new URLSearchParams({ grant_type: 'client_credentials' });
      return (await fetch(`${two.url}/oidc/token`, { method: 'POST', headers: { authorization }, body })).status;
    };
    expect(await status(secret)).toBe(200);
    await button('I have kept it').click();
    await page.reload();
    await sees('TOS');
    expect(await page.content()).not.toContain(secret);
    await page.getByRole('button', { name: 'New secret for TOS' }).click();
    await sees(/The secret before works until/);
    const fresh = await page.locator('.shown-once code').nth(1).innerText();
    expect([await status(fresh), await status(secret)]).toEqual([200, 200]);
    await page.getByRole('button', { name: 'Shut out TOS' }).click();
    await sees('TOS is shut out; its tokens are void.');
    expect(await status(fresh)).toBe(401);
  }, 60_000);

  it('Policy: is set, and holds', async () => {
    await page.getByRole('link', { name: 'Policy' }).click();
    await page.getByLabel(/^Offered/).check();
    await button('Save').click();
    await sees('Saved. It holds from the next sign-in on.');
    expect(JSON.parse(await page.evaluate(`fetch('/v1/access-policy').then((answer) => answer.text())`))).toMatchObject(
      { second_factor: 'offered' },
    );
  }, 60_000);

  const pages = [
    ['account', '/account', 'Where you are signed in'],
    ['people', '/security', 'bo@example.com'],
    ['person', null, 'Ways to sign in'],
    ['roles', '/security/roles', 'Fleet manager'],
    ['programs', '/security/programs', 'TOS'],
    ['policy', '/security/policy', 'Required'],
  ] as const;
  it.each(
    pages.flatMap(([name, path, ready]) =>
      (['light', 'dark'] as const).flatMap((scheme) =>
        (['desktop', 'phone'] as const).map((size) => ({ name, path, ready, scheme, size })),
      ),
    ),
  )(
    '$name, $scheme, $size: nothing for axe to complain of, nothing wider than the window',
    async ({ name, path, ready, scheme, size }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.setViewportSize(size === 'desktop' ? { width: 1440, height: 900 } : { width: 390, height: 844 });
      await page.goto(two.url + (path ?? '/security'));
      if (path === null) await page.getByRole('link', { name: 'Bo Ek' }).click();
      await sees(ready);
      await page.waitForLoadState('networkidle', { timeout: 2000 }).catch(() => undefined);
      if (pictures) await page.screenshot({ path: join(pictures, `${name}-${size}-${scheme}.png`), fullPage: true });
      await page.evaluate(axe.source);
      const result = (await page.evaluate(
        "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
      )) as axe.AxeResults;
      expect(
        result.violations.map(({ id, nodes }) => [
          id,
          nodes.slice(0, 3).map(({ html, failureSummary }) => [html, failureSummary]),
        ]),
      ).toEqual([]);
      expect(result.passes.length).toBeGreaterThan(15);
      expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
    },
    60_000,
  );
});
