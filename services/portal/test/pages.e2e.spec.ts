import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import axe from 'axe-core';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { startFixtureServer, type FixtureServer } from './fixture-server';

const browserPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const root = fileURLToPath(new URL('../../..', import.meta.url));
/** Set to a folder to keep pictures of every page. */
const pictures = process.env.PORTAL_PICTURES;

const there = existsSync(browserPath);
if (!there && process.env.CI !== 'true') console.warn(`pages are not checked in a browser: there is no ${browserPath}`);
const inBrowser = there || process.env.CI === 'true' ? describe : describe.skip;

const pages = [
  { name: 'attention', path: '/', ready: 'Do these first' },
  { name: 'fleet', path: '/fleet', ready: '260 of 260 spreaders' },
  { name: 'spreader', path: '/spreaders/SPR-0006', ready: 'Last lifts' },
  { name: 'alarms', path: '/alarms', ready: 'Open alarms, whatever their age.' },
  { name: 'kpis', path: '/kpis', ready: 'more than 33,381, no failures' },
] as const;
const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

inBrowser('the portal in a browser', () => {
  let dist: string;
  let server: FixtureServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let errors: string[];

  beforeAll(async () => {
    dist = mkdtempSync(join(tmpdir(), 'portal-'));
    const built = spawnSync(
      process.execPath,
      [join(root, 'node_modules/vite/bin/vite.js'), 'build', 'services/portal', '--outDir', dist, '--emptyOutDir'],
      {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' },
      },
    );
    expect(built.stderr + built.stdout).toContain('built in');
    server = await startFixtureServer(dist, 260);
    browser = await chromium.launch({
      executablePath: browserPath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    });
    if (pictures) mkdirSync(pictures, { recursive: true });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    if (dist) rmSync(dist, { recursive: true, force: true });
  });

  const open = async (
    path: string,
    size: keyof typeof sizes = 'desktop',
    scheme: 'light' | 'dark' = 'light',
  ): Promise<void> => {
    context = await browser.newContext({
      viewport: sizes[size],
      colorScheme: scheme,
      locale: 'en-GB',
      reducedMotion: 'reduce',
    });
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(server.url + path);
  };
  const sees = async (text: string | RegExp): Promise<void> =>
    page.getByText(text).first().waitFor({ timeout: 10_000 });

  beforeEach(() => {
    errors = [];
    server.broken.clear();
  });
  afterEach(async () => {
    await context?.close();
  });

  describe.each(pages)('$name', ({ name, path, ready }) => {
    describe.each(['desktop', 'phone'] as const)('%s', (size) => {
      it.each(['light', 'dark'] as const)(
        '%s: renders, no console errors, nothing for axe to complain of',
        async (scheme) => {
          await open(path, size, scheme);
          await sees(ready);
          await page.getByText('Live', { exact: true }).waitFor();
          if (name === 'spreader') await page.locator('.chart canvas').waitFor();
          await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => undefined);
          if (pictures) await page.screenshot({ path: join(pictures, `${name}-${size}-${scheme}.png`) });
          if (pictures)
            await page.screenshot({ path: join(pictures, `${name}-${size}-${scheme}-full.png`), fullPage: true });
          // Through the debugger, as the content policy allows no script of others.
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
          const wide = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
          expect(wide).toBeLessThanOrEqual(0);
          expect(errors).toEqual([]);
        },
        60_000,
      );
    });
  });

  it.each([
    ['attention', 160],
    ['fleet', 180],
    ['spreader', 185],
    ['alarms', 160],
  ] as const)(
    '%s loads at most %d kB of script (gzip), 18 kB of style, and no schema library',
    async (name, limit) => {
      const { path, ready } = pages.find((one) => one.name === name) ?? pages[0];
      const loaded = new Map<string, Buffer>();
      context = await browser.newContext({ viewport: sizes.desktop });
      page = await context.newPage();
      const waiting: Promise<void>[] = [];
      page.on('response', (response) => {
        const file = new URL(response.url()).pathname;
        if (/\.(js|css)$/.test(file)) waiting.push(response.body().then((body) => void loaded.set(file, body)));
      });
      await page.goto(server.url + path);
      await sees(ready);
      await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => undefined);
      await Promise.all(waiting);
      const size = (kind: string): number =>
        [...loaded].filter(([file]) => file.endsWith(kind)).reduce((sum, [, body]) => sum + gzipSync(body).length, 0) /
        1000;
      console.info(`${name}: ${size('.js').toFixed(1)} kB of script, ${size('.css').toFixed(1)} kB of style`);
      expect(loaded.size).toBeGreaterThan(2);
      expect(size('.js')).toBeLessThanOrEqual(limit);
      expect(size('.css')).toBeLessThanOrEqual(18);
      for (const file of readdirSync(join(dist, 'assets'))) {
        expect(readFileSync(join(dist, 'assets', file), 'utf8').includes('ZodError')).toBe(false);
      }
    },
    30_000,
  );

  it('Fleet: finds, filters by the address, sorts, keeps all rows reachable and exports what is shown', async () => {
    await open('/fleet?condition=act_now');
    const bad = server.data.spreaders.filter(({ condition }) => condition === 'act_now');
    await sees(`${bad.length} of 260 spreaders`);
    expect(await page.getByRole('row').count()).toBe(bad.length + 1);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export CSV' }).click(),
    ]);
    const csv = readFileSync(await download.path(), 'utf8');
    expect(csv.startsWith('\uFEFFspreader,')).toBe(true);
    expect(csv.trim().split('\r\n')).toHaveLength(bad.length + 1);

    await page.getByLabel('Condition').selectOption('');
    await sees('260 of 260 spreaders');
    await page.getByRole('button', { name: 'At risk, h' }).click();
    await page.waitForURL(/sort=risk/);
    const worst = Math.max(...server.data.spreaders.map((row) => row.top_finding?.risk_hours ?? 0));
    await page.locator('[data-index="0"] .c-risk', { hasText: String(worst) }).waitFor();

    await page.keyboard.press('/');
    await page.keyboard.type('spr-0260');
    await sees('1 of 260 spreaders');
    await page.waitForURL(/find=spr-0260/);
    await page.getByLabel('Find').fill('no such thing');
    await sees('The filters hide all 260 spreaders.');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await sees('260 of 260 spreaders');
    expect(errors).toEqual([]);
  }, 60_000);

  it('is worked by keyboard alone: go to, next row, open, back, help', async () => {
    await open('/');
    await sees('Do these first');
    await page.keyboard.press('g');
    await page.keyboard.press('f');
    await sees('260 of 260 spreaders');
    for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
    expect(
      await page
        .locator(':focus')
        .evaluate((link: Element) => link.closest('[data-index]')?.getAttribute('data-index')),
    ).toBe('1');
    // Far down: the row is not in the document until the list scrolls there.
    for (let i = 0; i < 60; i++) await page.keyboard.press('j');
    await page.locator('[data-index="61"] a:focus').waitFor();
    const number = await page.locator(':focus').innerText();
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/spreaders/${number}*`);
    await page.getByRole('heading', { level: 1, name: number }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.getByRole('heading', { level: 1, name: 'Alarms' }).waitFor();
    expect(errors).toEqual([]);
  }, 60_000);

  it('live: an event changes the row within a second, silence is shown as no data, and the stream comes back', async () => {
    const row = server.data.spreaders.find(({ condition }) => condition === 'ok');
    if (!row) throw new Error('no spreader in order among the fixtures');
    await open(`/fleet?find=${row.number}`);
    await page.locator('.fleet-body .condition.level-ok').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    Object.assign(row, { condition: 'no_data', health: { ...row.health, score: null, completeness: 0 } });
    server.tell('spreader.health_changed', row.id, { condition: 'no_data', score: null, completeness: 0 });
    await page.locator('.fleet-body').getByText('No data').waitFor({ timeout: 1000 });
    expect(await page.locator('.fleet-body .c-health').innerText()).toBe('–');

    server.cutStreams(false);
    await page.getByText(/^Offline\. Data from \d\d:\d\d\.$/).waitFor({ timeout: 10_000 });
    server.cutStreams(true);
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 15_000 });
    await page.getByText(/^Offline\. Data/).waitFor({ state: 'detached' });
  }, 60_000);

  it('Alarms: "Take it" sends X-CSRF and shows it taken; a refusal puts it back and is told', async () => {
    await open('/alarms?order=newest');
    const alarm = server.data.alarms.find(({ state }) => state === 'unacknowledged');
    if (!alarm) throw new Error('no open alarm among the fixtures');
    const row = page.locator('li.alarm', { hasText: alarm.spreader_number });
    const take = row.getByRole('button', { name: `Take it: ${alarm.title}, ${alarm.spreader_number}` });
    server.broken.set('takeAlarm', 409);
    await take.click();
    await page
      .getByRole('alert')
      .getByText(/could not be taken\. This is broken for the test\./)
      .waitFor();
    await row.getByText('New', { exact: true }).waitFor();

    server.broken.clear();
    await take.click();
    await row.getByText(/^Taken by you/).waitFor();
    expect(server.changes.at(-1)).toBe(`POST /v1/alarms/${alarm.id}/take 1`);
    expect(await take.count()).toBe(0);
  }, 60_000);

  it('KPIs: a stop that the data suggest is confirmed, a recorded one corrected; what was not touched stays', async () => {
    await open('/kpis');
    // The title of a mode says what its component does; it is not understood alone.
    await page.getByRole('rowheader', { name: /^Twistlock slow to lock/ }).waitFor();
    const [recorded, suggested] = server.data.spreaders;
    await page.getByRole('button', { name: `Confirm the stop of ${suggested?.number}` }).click();
    await page.getByLabel('Cause', { exact: true }).and(page.locator('dialog select')).selectOption('crane');
    await page.getByRole('dialog').getByRole('button', { name: 'Record', exact: true }).click();
    await sees(`The stop of ${suggested?.number} is recorded.`);
    expect(server.changes.at(-1)).toBe(`POST /v1/spreaders/${suggested?.id}/stops 1`);
    expect(server.bodies.at(-1)).toEqual({
      from: '2026-11-19T08:00:12.250Z',
      to: '2026-11-19T08:40:00.000Z',
      cause: 'crane',
      ending: 'repair',
      root_cause: 'FM-02 TL[2]',
      times: null,
    });
    await page.getByRole('button', { name: `Correct the stop of ${recorded?.number}` }).click();
    await page.getByRole('dialog').getByLabel('Wait for parts').fill('90');
    await page.getByRole('dialog').getByRole('button', { name: 'Correct', exact: true }).click();
    await sees(`The stop of ${recorded?.number} is corrected.`);
    expect(server.changes.at(-1)).toBe('PUT /v1/stops/stp_1 1');
    expect(server.bodies.at(-1)).toMatchObject({
      to: null,
      times: { response: 10, diagnosis: 5, parts: 90, repair: 20, test: 5 },
      note: 'The pin stuck.',
    });
    expect(errors).toEqual([]);
  }, 60_000);

  it('Attention: does not say that nothing needs work while the condition of spreaders is not known', async () => {
    const before = server.data.spreaders.map(({ condition }) => condition);
    for (const row of server.data.spreaders) if (row.condition === 'act_now') row.condition = 'no_data';
    const unknown = server.data.spreaders.filter(({ condition }) => condition === 'no_data').length;
    await open('/');
    await sees(`The condition of ${unknown} of 260 spreaders is not known; none of the others needs work today`);
    server.data.spreaders.forEach((row, i) => (row.condition = before[i] ?? row.condition));
  }, 30_000);

  it('colours: follow the system until somebody chooses, and the choice is kept', async () => {
    const shown = () => page.evaluate('document.documentElement.dataset.colorScheme');
    await open('/', 'desktop', 'dark');
    await sees('Do these first');
    expect(await shown()).toBe('dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.locator('html[data-color-scheme="light"]').waitFor();
    await page.getByRole('banner').getByText('Dark', { exact: true }).first().click();
    expect(await shown()).toBe('dark');
    await page.reload();
    await sees('Do these first');
    expect(await shown()).toBe('dark');
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(16, 20, 24)');
    expect(errors).toEqual([]);
  }, 30_000);

  it('one broken part leaves the rest of the page, with the request id and a way to try again', async () => {
    server.broken.set('getSeries', 422);
    await open('/spreaders/SPR-0006');
    await sees('The chart could not be loaded.');
    await sees('Request req_test');
    await sees('Grease the twistlock');
    server.broken.clear();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.chart canvas').waitFor();
  }, 60_000);

  it('sends somebody who is not signed in to sign in, and back to the same page', async () => {
    server.broken.set('listSpreaders', 401);
    await open('/fleet?condition=plan');
    await page.waitForURL(/\/auth\/login/);
    expect(new URL(page.url()).searchParams.get('return_to')).toBe('/fleet?condition=plan');
  }, 30_000);

  it('says that a spreader does not exist', async () => {
    await open('/spreaders/SPR-9999');
    await sees('There is no spreader SPR-9999');
  }, 30_000);
});
