import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '@quaywatch/contracts';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser as Chromium } from 'playwright-core';
import { Edge } from '../src/edge/edge';
import { testCertificate } from './test-certificate';
import { TwoServices } from './two-services';

const browserPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const inBrowser = existsSync(browserPath) || process.env.CI === 'true' ? describe : describe.skip;
const password = 'seven cranes at the quay';

inBrowser('reference page in Chromium, over HTTP/2 and TLS', () => {
  let two: TwoServices;
  let browser: Chromium;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quaywatch-reference-'));
    const { cert, key } = await testCertificate('localhost');
    await writeFile(join(folder, 'tls.crt'), cert);
    await writeFile(join(folder, 'tls.key'), key);
    two = await TwoServices.start('https://quaywatch.test', {
      HTTPS_PORT: '0',
      HTTPS_HOST: '127.0.0.1',
      TLS_CERT_FILE: join(folder, 'tls.crt'),
      TLS_KEY_FILE: join(folder, 'tls.key'),
    });
    const { httpsPort } = two.gateway.app.get(Edge);
    browser = await chromium.launch({
      executablePath: browserPath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        `--host-resolver-rules=MAP quaywatch.test:443 127.0.0.1:${httpsPort}`,
      ],
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await two?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it('shows every operation, finds one, and tries it as who is signed in; nothing is loaded from elsewhere', async () => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    const [complaints, asked]: [string[], string[]] = [[], []];
    page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => asked.push(new URL(request.url()).origin));

    await page.goto(`https://quaywatch.test${(await two.setUpPath()) ?? ''}`);
    await page.fill('[name=name]', 'Ada');
    await page.fill('[name=email]', 'ada@example.com');
    await page.fill('[name=password]', password);
    await page.click('button[type=submit]');
    await page.fill('[name=email]', 'ada@example.com');
    await page.fill('[name=password]', password);
    await page.click('button[type=submit]');
    await page.waitForURL('https://quaywatch.test/');
    complaints.length = 0;

    await page.goto('https://quaywatch.test/v1/reference');
    expect(
      await page.evaluate(
        () =>
          (performance.getEntriesByType('navigation' as never)[0] as unknown as { nextHopProtocol: string })
            .nextHopProtocol,
      ),
    ).toBe('h2');
    await page.waitForSelector('.operation');
    expect(await page.locator('.operation').count()).toBe(Object.keys(routes).length);
    await page.fill('#search', 'get /v1/me who');
    expect(await page.textContent('#found')).toBe('1 operations');
    await page.click('#me > summary');
    await page.click('#me button[type=submit]');
    await page.waitForSelector('#me [role=status] > pre');
    expect(await page.textContent('#me [role=status]')).toMatch(/^200 .*ada@example\.com/s);

    await page.fill('#search', 'createTerminal');
    await page.click('#createTerminal > summary');
    await page.fill('#createTerminal-body', '{"name":"Quay 1","time_zone":"UTC"}');
    await page.click('#createTerminal button[type=submit]');
    await page.waitForSelector('#createTerminal [role=status] > pre');
    expect(await page.textContent('#createTerminal [role=status] > pre')).toContain('Quay 1');

    expect(complaints).toEqual([]);
    expect([...new Set(asked)]).toEqual(['https://quaywatch.test']);
    await context.close();
  }, 120_000);
});
