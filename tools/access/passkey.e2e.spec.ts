import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromium, type Browser, type CDPSession, type Page } from 'playwright-core';
import { TwoServices } from '../../services/gateway/test/two-services';

// Passkeys in a real Chromium; its virtual authenticator (CDP WebAuthn) stands for the device's own.

const email = 'ada@example.com';
const password = 'seven cranes at the quay';

let two: TwoServices;
let chrome: Browser;
let page: Page;
let cdp: CDPSession;
let authenticatorId: string;

beforeAll(async () => {
  two = await TwoServices.start('http://localhost:{port}', { SECOND_FACTOR: 'required' });
  chrome = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  });
  page = await (await chrome.newContext()).newPage();
  page.setDefaultTimeout(20_000);
  cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  ({ authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  }));
}, 90_000);
afterAll(async () => {
  await chrome?.close();
  await two?.stop();
}, 60_000);

const me = async (): Promise<number> => (await page.request.get(`${two.url}/v1/me`)).status();
const signOut = (): Promise<unknown> => page.context().clearCookies();

describe('passkey in Chromium', () => {
  it('is made at the first sign-in, without an error in the console', async () => {
    const errors: string[] = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${two.url}${await two.setUpPath()}`);
    await page.fill('[name=name]', 'Ada Lind');
    await page.fill('[name=email]', email);
    await page.fill('[name=password]', password);
    await page.click('button[type=submit]');
    await page.fill('[name=email]', email);
    await page.fill('[name=password]', password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('button', { name: 'Make a passkey' }).click();
    await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor();
    expect(await page.locator('.codes li').count()).toBe(10);
    expect(await me()).toBe(401);
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await page.waitForURL(`${two.url}/`);
    expect(await me()).toBe(200);
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
    expect(credentials).toMatchObject([{ isResidentCredential: true, rpId: 'localhost' }]);
    expect(errors.filter((text) => !text.includes('404'))).toEqual([]);
  });

  it('signs in alone: no e-mail, no password', async () => {
    await signOut();
    await page.goto(`${two.url}/auth/login`);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.waitForURL(`${two.url}/`);
    expect(await me()).toBe(200);
    const entries = (await two.read('audit')).map(({ data }) => data as { action: string; detail?: { amr?: string } });
    expect(entries.filter(({ action }) => action === 'sign-in').at(-1)?.detail?.amr).toBe('hwk user mfa');
  });

  it('is the second step after a password', async () => {
    await signOut();
    await page.goto(`${two.url}/auth/login`);
    await page.fill('[name=email]', email);
    await page.fill('[name=password]', password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    expect(await me()).toBe(401);
    await page.getByRole('button', { name: 'Use your passkey' }).click();
    await page.waitForURL(`${two.url}/`);
    expect(await me()).toBe(200);
  });

  it('is refused when the device has not checked the person, when it is a copy, and when it is not known here', async () => {
    await signOut();
    const tryIt = async (): Promise<void> => {
      await page.goto(`${two.url}/auth/login`);
      await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
      await page.locator('.alert:visible').waitFor();
      expect(await me()).toBe(401);
    };
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await tryIt();
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });

    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
    const [credential] = credentials;
    if (!credential) throw new Error('no credential');
    // A copy made before the last uses counts from where it was made.
    await cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId: credential.credentialId });
    await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, signCount: 0 } });
    await tryIt();

    await cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId: credential.credentialId });
    await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, signCount: 100 } });
    await page.goto(`${two.url}/auth/login`);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.waitForURL(`${two.url}/`);
    expect(await me()).toBe(200);

    await signOut();
    await two.store.transact((tx) => tx.query('delete from passkey'));
    await tryIt();
  });
});
