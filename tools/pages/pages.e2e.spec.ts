import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readVerifierKey } from '@quaywatch/domain/audit';
import axe from 'axe-core';
import mqtt from 'mqtt';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Download, type Locator, type Page } from 'playwright-core';
import { readExport } from '../audit-verify/read-export';
import { sha256, verifyExport } from '../audit-verify/verify-export';
import { PlatformProcess } from '../e2e/platform-process';
import { WebhookReceiver } from '../e2e/webhook-receiver';

// The pages that work with devices, rules, components, the audit trail and partners: the built portal on the whole
// platform with its simulated spreaders, one start for all, in a real Chromium.

const browserPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const inBrowser = existsSync(browserPath) || process.env['CI'] === 'true' ? describe : describe.skip;
const root = fileURLToPath(new URL('../..', import.meta.url));
/** Set to a folder to keep pictures of every page. */
const pictures = process.env['PORTAL_PICTURES'];
const password = 'seven cranes at the quay';
const minute = 60_000;
/** Runs in the page: whether anything is drawn in the first lane of a replay. */
const inkInFirstLane = `(() => {
  const canvas = document.querySelector('.lane canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.some((byte) => byte !== 0);
})()`;

inBrowser('the portal on the whole platform', () => {
  let folder: string;
  let platform: PlatformProcess;
  let receiver: WebhookReceiver;
  let chrome: Browser;
  /** The administrator, and a second one. */
  let page: Page;
  let second: Page;
  let errors: string[] = [];

  const run = (args: readonly string[]): void => {
    const { status, stderr, stdout } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' },
    });
    if (status !== 0) throw new Error(stdout + stderr);
  };

  const newPage = async (): Promise<Page> => {
    const context: BrowserContext = await chrome.newContext({
      locale: 'en-GB',
      reducedMotion: 'reduce',
      viewport: { width: 1440, height: 900 },
    });
    const made = await context.newPage();
    made.setDefaultTimeout(45_000);
    made.on('console', (message) => {
      // A refusal that the page then deals with is logged by the browser itself.
      if (message.type() === 'error' && !/status of 40[0349]/.test(message.text())) errors.push(message.text());
    });
    made.on('pageerror', (error) => errors.push(error.message));
    return made;
  };
  const join_ = async (on: Page, link: string, name: string, email: string): Promise<void> => {
    await on.goto(link);
    await on.fill('[name=name]', name);
    const mail = on.locator('[name=email]');
    if (await mail.isEditable()) await mail.fill(email);
    await on.fill('[name=password]', password);
    await on.click('button[type=submit]');
    await on.goto(`${platform.url}/auth/login`);
    if (on.url().includes('/oidc/')) {
      await on.fill('[name=email]', email);
      await on.fill('[name=password]', password);
      await on.getByRole('button', { name: 'Sign in', exact: true }).click();
    }
    await on.waitForURL(`${platform.url}/`);
  };
  const invite = async (name: string, email: string, role: string): Promise<Page> => {
    const answer = await page.request.post(`${platform.url}/v1/users`, {
      data: { name, email, roles: [{ role, scope: 'organisation' }] },
      headers: { 'X-CSRF': '1', Origin: platform.url },
    });
    expect(answer.status()).toBe(201);
    const made = await newPage();
    await join_(made, ((await answer.json()) as { link: string }).link, name, email);
    return made;
  };
  const open = (path: string, on = page): Promise<unknown> => on.goto(platform.url + path);
  /** Waits for a text; when it never comes, what there was instead is told. */
  const sees = (text: string | RegExp, on = page): Promise<void> =>
    on
      .getByText(text)
      .first()
      .waitFor()
      .catch(async (error: unknown) => {
        const instead = await on.locator('body').innerText();
        throw new Error(`${String(text)} is not on ${on.url()}, but: ${instead.slice(0, 4000)}`, { cause: error });
      });
  const button = (name: string | RegExp, on = page): Locator =>
    on.getByRole('button', { name, exact: typeof name === 'string' });
  const dialogButton = (name: string, on = page): Locator =>
    on.getByRole('dialog').getByRole('button', { name, exact: true });
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    for (const end = Date.now() + 20_000; !(await holds());) {
      if (Date.now() > end) throw new Error('it never held');
      await page.waitForTimeout(50);
    }
  };
  /** What is wrong with the page as it stands, for axe and in width. */
  const look = async (name: string, scheme: 'light' | 'dark'): Promise<unknown[]> => {
    if (pictures) {
      await page.screenshot({ path: join(pictures, `${name}-${scheme}-top.png`) });
      await page.screenshot({ path: join(pictures, `${name}-${scheme}.png`), fullPage: true });
    }
    await page.evaluate(axe.source);
    const { violations, passes } = (await page.evaluate(
      "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
    )) as axe.AxeResults;
    const wide = (await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')) as number;
    return [
      ...violations.map(({ id, nodes }) => [
        name,
        id,
        ...nodes.slice(0, 2).map(({ html, failureSummary }) => [html, failureSummary]),
      ]),
      ...(passes.length < 15 ? [[name, 'nothing to see']] : []),
      ...(wide > 0 ? [[name, `wider than the window by ${wide} px`]] : []),
    ];
  };
  const saved = async (action: () => Promise<void>): Promise<Download> =>
    (await Promise.all([page.waitForEvent('download'), action()]))[0];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quaywatch-portal-'));
    const dist = join(folder, 'portal');
    run(['node_modules/vite/bin/vite.js', 'build', 'services/portal', '--outDir', dist, '--emptyOutDir']);
    run(['tools/build.mjs', 'platform']);
    receiver = await WebhookReceiver.start();
    platform = await PlatformProcess.start(join(folder, 'data'), {
      PORTAL_DIR: dist,
      ALLOW_PRIVATE_WEBHOOKS: 'true',
      AUDIT_CHECKPOINT_SECONDS: '1',
      LOG_LEVEL: 'info',
    });
    chrome = await chromium.launch({
      executablePath: browserPath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    });
    if (pictures) mkdirSync(pictures, { recursive: true });
    page = await newPage();
    const [, link] = await platform.printed(/(http:\/\/\S+\/oidc\/invitation\/\S+)/, 2 * minute);
    await join_(page, link as string, 'Ada Lind', 'ada@example.com');
    second = await invite('Bo Ek', 'bo@example.com', 'administrator');
    await platform.printed(/Ready after/, 3 * minute);
  }, 6 * minute);

  afterAll(async () => {
    await chrome?.close();
    // Not killed: it would leave its database and its simulated units behind.
    await platform?.interrupt();
    await receiver?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  }, minute);

  afterEach(() => {
    const seen = errors;
    errors = [];
    expect(seen).toEqual([]);
  });

  it(
    'Devices: finds a unit, shows its certificate and data, and what became of a command',
    async () => {
      await open('/devices');
      await sees('24 of 24 units');
      await page.keyboard.press('/');
      await page.keyboard.type('btu-0103');
      await sees('1 of 24 units');
      await page.getByRole('link', { name: 'BTU-0103' }).click();
      await page.getByRole('heading', { level: 1, name: 'BTU-0103' }).waitFor();
      await sees(/^Ends in 36\d days$/);
      await sees('On line');
      await sees(/^Complete until/);
      await page.getByLabel('Command', { exact: true }).selectOption('upload_log');
      await button('Send').click();
      await sees('Sent: Send your log.');
      const row = page.getByRole('row').filter({ hasText: 'Send your log' }).first();
      await row.getByText('Done').waitFor({ timeout: 40_000 });
      const log = await saved(() => row.getByRole('button', { name: 'Save the log' }).click());
      expect(readFileSync(await log.path(), 'utf8').length).toBeGreaterThan(10);
    },
    2 * minute,
  );

  it(
    'Devices: a claim code is shown once; a unit goes to quarantine, waits there, and is released with a reason',
    async () => {
      await open('/devices');
      await page.getByLabel('Unit', { exact: true }).fill('BTU-NEW-1');
      await button('Make a code').click();
      await sees(/^Code for BTU-NEW-1, until/);
      const code = await page.locator('.shown-once code').first().innerText();
      expect(code.length).toBeGreaterThan(8);
      await page.reload();
      await sees('24 of 24 units');
      expect(await page.content()).not.toContain(code);

      await open('/devices/btu/BTU-0124');
      await button('Put BTU-0124 in quarantine').click();
      // Without a reason nothing is sent; Escape leaves everything as it was.
      await dialogButton('Quarantine').click();
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await button('Put BTU-0124 in quarantine').click();
      await page.getByLabel('Reason').fill('looks odd');
      await dialogButton('Quarantine').click();
      await sees('BTU-0124 is in quarantine.');
      await open('/devices/quarantine');
      await button('Release BTU-0124').click();
      await page.getByLabel('Reason').fill('was a test');
      await dialogButton('Release').click();
      await sees('BTU-0124 may connect again.');
      await sees('No unit waits for approval, and none is in quarantine.');
    },
    2 * minute,
  );

  it(
    'Quarantine: a frame that cannot be read is there with its bytes, and is not lost when it is read again',
    async () => {
      const identity = join(folder, 'data', 'demo', 'BTU-0123');
      const client = await mqtt.connectAsync(platform.mqttUrl, {
        clientId: 'BTU-0123',
        key: readFileSync(join(identity, 'key.pem')),
        cert: readFileSync(join(identity, 'certificate.pem')),
        rejectUnauthorized: false,
        reconnectPeriod: 0,
      });
      await client.publishAsync('bsms/v1/BTU-0123/frames', '{"v":99,"what":"is this"}', { qos: 1 });
      await client.endAsync();
      // The bytes get there through the broker and the gateway of the units.
      await until(async () => {
        const answer = await page.request.get(`${platform.url}/v1/quarantine?btu=BTU-0123`);
        return ((await answer.json()) as { data: unknown[] }).data.length > 0;
      });
      await open('/devices/quarantine?btu=BTU-0123');
      await page.getByText('Raw frame', { exact: true }).first().click();
      await sees('"what": "is this"');
      await page.getByText('Hex', { exact: true }).click();
      await sees('7b 22 76 22 3a 39 39');
      await button(/^Read again: frame of BTU-0123/)
        .first()
        .click();
      await page
        .getByRole('alert')
        .getByText(/That did not work/)
        .waitFor();
      await sees('Raw frame');
    },
    minute,
  );

  it(
    'Spreader: coverage, completeness, components that keep their life, and the replay of what happened',
    async () => {
      await open('/spreaders/SPR-0103/coverage');
      await sees(/^\d+ of 34 failure modes are seen\.$/);
      await page.locator('.one-of').getByText('Not seen', { exact: true }).click();
      await page.waitForURL(/cover=blind/);
      await page.getByRole('link', { name: 'Data', exact: true }).click();
      await sees(/^Complete until/);

      await page.getByRole('link', { name: 'Parts', exact: true }).click();
      await page.getByLabel('Serial number').fill('TL-4711');
      await button('Fit').click();
      await sees('TL-4711 is fitted: Twistlock 1.');
      await button('Take off TL-4711').click();
      await page.getByLabel('Reason').fill('worn');
      await dialogButton('Take off').click();
      await sees('TL-4711 is taken off.');
      await open('/components?find=4711');
      await page.getByRole('row').filter({ hasText: 'TL-4711' }).getByText('in store').waitFor();
      await page.getByRole('link', { name: 'TL-4711' }).click();
      await page.getByRole('row').filter({ hasText: 'SPR-0103' }).getByText('worn').waitFor();

      // Around its last lift: the simulated units may still be telling of the hours before.
      const lifts = await page.request.get(`${platform.url}/v1/spreaders/SPR-0103/moves?limit=1`);
      const [last] = ((await lifts.json()) as { data: { ended_at: string }[] }).data;
      await open(`/spreaders/SPR-0103/replay?at=${last?.ended_at ?? ''}`);
      await page.getByRole('rowheader', { name: 'Twistlock 1 locked' }).waitFor();
      // A lane is drawn when its data have come.
      await page.locator('.lane canvas').first().waitFor();
      await until(async () => (await page.evaluate(inkInFirstLane)) === true);
      const slider = page.getByLabel(/^Shown:/);
      const before = Number(await slider.inputValue());
      await slider.focus();
      await page.keyboard.press('ArrowRight');
      expect(Number(await slider.inputValue())).toBeGreaterThan(before);
      await page.getByText('60×', { exact: true }).click();
      await button('Play').click();
      await until(async () => Number(await slider.inputValue()) > before + 20_000);
      await button('Pause').click();
      await page.getByLabel('Find a signal').fill('pressure');
      await page.getByRole('rowheader', { name: 'Hydraulic pressure' }).waitFor();
      expect(await page.getByRole('rowheader', { name: 'Twistlock 1 locked' }).count()).toBe(0);
      await button('Closer').click();
      await page.waitForURL(/from=.*to=/);
    },
    2 * minute,
  );

  it(
    'Rules: written with completion, tried on the history, approved by a second person only, switched off',
    async () => {
      await open('/rules');
      await sees(/has no rules of its own yet/);
      await page.getByRole('link', { name: 'Write a rule' }).click();
      await page.getByLabel('Name', { exact: true }).fill('Oil is warm');
      await page.getByText('Expression', { exact: true }).click();
      const expression = page.getByLabel('Expression (CEL)');
      await expression.fill('hyd.oilT');
      await expression.press('ArrowDown');
      await page.keyboard.press('Enter');
      await until(async () => (await expression.inputValue()) === 'num("hyd.oilTemp")');
      await sees(/this is of type/);
      await page.keyboard.type(' > -40.0');
      await sees('Reads: Oil temperature.');
      await page.getByLabel('Must hold this many times in a row').fill('1');
      await page.getByLabel('What to do then').fill('Look at the cooler');
      await page.getByText('7 days', { exact: true }).click();
      await button('Try it').click();
      await sees(/^It would have raised \d+ cases?, \d+ confirmed\.$/);
      await button('Submit for approval').click();
      await sees('Your version waits: somebody else has to approve it.');
      expect(await button('Approve').count()).toBe(0);

      await open(new URL(page.url()).pathname, second);
      await sees(/by Ada Lind waits for a second person/, second);
      await button('Approve', second).click();
      await second.getByLabel('Reason').fill('reads well');
      await dialogButton('Approve', second).click();
      await sees('Version 1 is evaluated.', second);
      await page.reload();
      await sees(/Version 1 approved by Bo Ek/);
      await button('Switch off').click();
      await page.getByLabel('Reason').fill('was a test');
      await dialogButton('Switch off').click();
      await sees(/Switched off by you/);
    },
    2 * minute,
  );

  it(
    'Audit: is proved whole, filtered, and exported in files that the offline verifier accepts',
    async () => {
      await open('/security/audit');
      await sees(/^Whole: [\d,]+ entries/);
      await page.getByLabel('Action', { exact: true }).fill('rule.approve');
      await button('Show').click();
      await page.waitForURL(/action=rule\.approve/);
      await page.getByRole('row').filter({ hasText: 'Bo Ek' }).first().waitFor();
      const files: Download[] = [];
      page.on('download', (file) => files.push(file));
      await button('Export with proof').click();
      await sees('The trail is saved.');
      await until(() => Promise.resolve(files.some((file) => file.suggestedFilename().startsWith('checkpoint-'))));
      const trail = join(folder, 'trail');
      mkdirSync(trail);
      for (const file of files) await file.saveAs(join(trail, file.suggestedFilename()));
      const text = readFileSync(join(folder, 'data', 'platform.log'), 'utf8');
      const key = readVerifierKey(sha256, /"verifierKey":"([^"]+)"/.exec(text)?.[1] ?? '');
      if (!key) throw new Error('the log has no verifier key');
      const { problems, walked } = verifyExport(readExport(trail), key);
      expect(problems).toEqual([]);
      expect(walked.entries).toBeGreaterThan(100);
      // Spreaders are named by the number that is painted on them.
      await open('/security/audit?action=spreader.create');
      await button(/SPR-01\d\d/)
        .first()
        .waitFor();
    },
    minute,
  );

  it(
    'Audit: by person and by time; Incidents: reported, judged and closed',
    async () => {
      await open('/security/audit');
      await page.getByLabel('Who', { exact: true }).selectOption({ label: 'Bo Ek' });
      await button('Show').click();
      await page.waitForURL(/actor=usr_/);
      await page.getByRole('row').filter({ hasText: 'Bo Ek' }).first().waitFor();
      const rows = page.getByRole('table').locator('tbody tr');
      expect(await rows.filter({ hasNotText: 'Bo Ek' }).count()).toBe(0);
      await page.getByLabel('Before', { exact: true }).fill('2020-01-01T00:00');
      await button('Show').click();
      await sees('No entry fits.');

      await open('/security/incidents');
      await page.getByLabel('In a few words').fill('A badge was found');
      await page.getByLabel('What happened', { exact: true }).fill('On the quay, at gate 3.');
      await button('Report').click();
      await sees('Thank you: it is reported.');
      await page.getByRole('link', { name: 'A badge was found' }).click();
      await sees('On the quay, at gate 3.');
      await page.getByLabel('Can people at machines be in danger?').selectOption('no');
      await page.getByLabel('What is touched').fill('Nothing here.');
      await button('Judge').click();
      await page.getByLabel('How it ended').selectOption('no-incident');
      await page.getByLabel('Reason', { exact: true }).fill('It was a lunch card.');
      await button('Close').click();
      await sees('Was no incident');
      expect(await button('Close').count()).toBe(0);
    },
    minute,
  );

  it(
    'Access reviews: one role is kept, another taken away, and nobody decides about their own',
    async () => {
      await invite('Cy Oak', 'cy@example.com', 'viewer');
      await open('/security/reviews');
      await button('Begin').click();
      await sees(/of 3 roles are to be decided/);
      await sees('Somebody else must look at your own.');
      await button('Keep: Administrator, everywhere, Bo Ek').click();
      await sees('Bo Ek keeps: Administrator, everywhere.');
      await button('Take away: Viewer, everywhere, Cy Oak').click();
      await sees('Cy Oak no longer has: Viewer, everywhere.');
      await open('/security/reviews', second);
      await button('Keep: Administrator, everywhere, Ada Lind', second).click();
      await button('Close the review', second).click();
      await sees(/2 kept, 1 taken away\./, second);
    },
    2 * minute,
  );

  it(
    'Two people: what one asks for waits until another agrees',
    async () => {
      const policy = async (fourEyes: boolean): Promise<number> => {
        const answer = await page.request.put(`${platform.url}/v1/access-policy`, {
          data: { second_factor: 'off', four_eyes: fourEyes },
          headers: { 'X-CSRF': '1', Origin: platform.url },
        });
        return answer.status();
      };
      expect(await policy(true)).toBe(200);
      // Now the policy itself takes two.
      expect(await policy(false)).toBeGreaterThanOrEqual(200);
      await open('/security/waiting');
      await sees('Somebody else must decide.');
      await open('/security/waiting', second);
      await button(/^Agree: /, second).click();
      await second.getByLabel('Reason').fill('as agreed');
      await dialogButton('Agree', second).click();
      await sees('Nothing waits.', second);
      await sees('Decided or lapsed', second);
    },
    minute,
  );

  it(
    'Webhooks: an address is added, tested, its secret changed, and removed',
    async () => {
      await open('/integrations');
      await sees('No address gets alarms yet.');
      await page.getByRole('textbox', { name: 'Address' }).fill(receiver.url);
      await button('Add').click();
      await sees(/^Signing secret of/);
      await page.getByRole('link', { name: receiver.url }).click();
      await button('Send a test message').click();
      await page.getByRole('row').filter({ hasText: 'Test message' }).getByText('Sent', { exact: true }).waitFor();
      expect(receiver.received).toHaveLength(1);
      expect(await look('webhook', 'light')).toEqual([]);
      await button('New secret').click();
      await dialogButton('New secret').click();
      await sees(/Messages are signed with the old secret too until/);
      await button('Remove').click();
      await dialogButton('Remove').click();
      await sees('No address gets alarms yet.');
    },
    minute,
  );

  it(
    'Exports: lifts as CSV are made, saved, and are what their checksum says',
    async () => {
      await open('/integrations/exports');
      await sees('You have no exports.');
      await button('Begin').click();
      await page.getByText('Ready', { exact: true }).waitFor({ timeout: 40_000 });
      const file = await saved(() => page.getByRole('link', { name: 'Save', exact: true }).click());
      const bytes = readFileSync(await file.path());
      await sees(createHash('sha256').update(bytes).digest('hex'));
      expect(bytes.toString('utf8').split('\n').length).toBeGreaterThan(10);
    },
    2 * minute,
  );

  it(
    'who may only look is shown no way to change anything, and is told where there is nothing for them',
    async () => {
      const viewer = await invite('Di Fir', 'di@example.com', 'viewer');
      await viewer.getByRole('link', { name: 'Components' }).waitFor();
      const places = await viewer.getByRole('navigation', { name: 'Places' }).getByRole('link').allInnerTexts();
      expect(places).not.toContain('Security');
      expect(places).not.toContain('Devices');
      await open('/devices', viewer);
      await sees(/^You are not allowed to see this\./, viewer);
      await open('/spreaders/SPR-0103/parts', viewer);
      await sees('No component of this spreader has been recorded yet.', viewer);
      expect(await button('Fit', viewer).count()).toBe(0);
      await open('/rules', viewer);
      await viewer.getByRole('link', { name: 'Oil is warm' }).click();
      await button('Try it', viewer).waitFor();
      expect(await button('Submit as a new version', viewer).count()).toBe(0);
      await viewer.context().close();
    },
    2 * minute,
  );

  const looks: readonly (readonly [name: string, path: string, ready: string, and?: () => Promise<void>])[] = [
    ['attention', '/', 'Do these first'],
    ['kpis', '/kpis', 'Mean moves between failures, all stops'],
    ['replay', '/spreaders/SPR-0103/replay', 'What happened'],
    ['coverage', '/spreaders/SPR-0103/coverage', 'What the sensors can see'],
    ['data', '/spreaders/SPR-0103/data', 'Complete until'],
    ['parts', '/spreaders/SPR-0103/parts', 'Fit a twistlock'],
    ['components', '/components', 'TL-4711'],
    ['component', '/components/TL-4711', 'Life across spreaders'],
    ['devices', '/devices', '24 of 24 units'],
    ['device', '/devices/btu/BTU-0103', 'Certificates'],
    ['quarantine', '/devices/quarantine', 'Raw frame'],
    ['firmware', '/devices/firmware', 'Hand in a firmware'],
    ['authorities', '/devices/authorities', 'Trust another authority'],
    ['rules', '/rules', 'Oil is warm'],
    ['new-rule', '/rules/new', 'Back-test'],
    ['rule', '/rules', 'History', () => page.getByRole('link', { name: 'Oil is warm' }).click()],
    ['settings', '/rules/settings', 'Comes from'],
    ['edits', '/rules/edits', 'Nobody has changed a setting yet.'],
    [
      'trace',
      '/spreaders/SPR-0103',
      'Indicator',
      async () => {
        await button('Act on it: causes, work, what was found').click();
        await page.getByText('Where this comes from', { exact: true }).click();
      },
    ],
    ['audit', '/security/audit', 'Whole:'],
    ['reviews', '/security/reviews', 'taken away'],
    ['incidents', '/security/incidents', 'Report an incident or a weakness'],
    ['waiting', '/security/waiting', 'Emergency access'],
    ['webhooks', '/integrations', 'Add an address'],
    ['exports', '/integrations/exports', 'Ready'],
    ['usage', '/integrations/usage', 'No program is registered'],
    ['sandbox', '/integrations/sandbox', 'is not the sandbox'],
    ['api', '/integrations/api', 'The first call'],
  ];
  it.each([
    ['light', { width: 1440, height: 900 }],
    ['dark', { width: 360, height: 780 }],
  ] as const)(
    'every page, %s, %j: nothing for axe to complain of, nothing wider than the window',
    async (scheme, size) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.setViewportSize(size);
      const complaints: unknown[] = [];
      for (const [name, path, ready, and] of looks) {
        await open(path);
        await and?.();
        await sees(ready);
        complaints.push(...(await look(name, scheme)));
      }
      expect(complaints).toEqual([]);
    },
    4 * minute,
  );
});
