import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import type { Browser, Page } from './browser';
import { TwoServices } from './two-services';

const password = 'seven cranes at the quay';
const email = 'ada@example.com';

let two: TwoServices;
let secret = '';
let codes: string[] = [];
beforeAll(async () => {
  two = await TwoServices.start(undefined, { SECOND_FACTOR: 'required' });
}, 60_000);
afterAll(() => two.stop());

const pathOf = (page: Page): string => new URL(page.url).pathname;
const codeNow = (): string => {
  const totp = new TOTP({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30 });
  return totp.generate({ timestamp: Date.now() + two.offset });
};
/** Forward to the next code: each works once. */
const nextStep = (): void => void (two.offset += 30_000);

async function withPassword(browser: Browser, word = password): Promise<Page> {
  const form = await browser.get('/auth/login');
  return browser.form(pathOf(form), { email, password: word });
}
const signedIn = async (browser: Browser): Promise<boolean> => (await browser.get('/v1/me')).status === 200;

describe('second factor, required', () => {
  it('is made at the first sign-in, without which there is no session', async () => {
    const browser = two.browser();
    const form = await browser.form((await two.setUpPath()) ?? '', { name: 'Ada', email, password });
    const enrol = await browser.form(pathOf(form), { email, password });
    expect(enrol.text).toContain('Protect your account');
    expect(enrol.text).not.toContain('Not now');
    expect(await signedIn(browser)).toBe(false);
    secret = (/id="totp-secret">([A-Z2-7 ]+)</.exec(enrol.text)?.[1] ?? '').replaceAll(' ', '');
    expect(secret).toHaveLength(32);
    // None of the other steps is a way around it.
    for (const step of ['skip', 'done', 'code', 'passkey', 'enrol-passkey', 'nonsense']) {
      const other = two.browser();
      const page = await withPassword(other);
      await other.form(pathOf(page), { step, code: '000000', response: '{}' });
      expect([step, await signedIn(other)]).toEqual([step, false]);
    }
    const wrong = await browser.form(pathOf(enrol), { step: 'enrol-totp', code: '000000' });
    expect([wrong.status, wrong.text.includes('not right')]).toEqual([401, true]);
    const kept = await browser.form(pathOf(enrol), { step: 'enrol-totp', code: codeNow() });
    codes = [...kept.text.matchAll(/<li><code>([\w-]+)<\/code>/g)].map((match) => match[1] ?? '');
    expect(codes).toHaveLength(10);
    expect((await browser.form(pathOf(enrol), { step: 'done' })).status).toBe(200);
    expect(await signedIn(browser)).toBe(true);
    const entry = await two.audited(({ action, outcome }) => action === 'sign-in' && outcome === 'success');
    expect(entry.detail?.['amr']).toBe('pwd otp mfa');
    await two.audited(({ action }) => action === 'factor.add');
    const stored = await two.store.transact((tx) => tx.query<{ sealed_secret: Buffer }>('select * from totp_factor'));
    expect(stored[0]?.sealed_secret.includes(Buffer.from(Secret.fromBase32(secret).buffer))).toBe(false);
  });

  it('asks for a code at each sign-in; a code works once', async () => {
    nextStep();
    const [browser, thief] = [two.browser(), two.browser()];
    const page = await withPassword(browser);
    expect(page.text).toContain('Code of your authenticator app');
    expect(await signedIn(browser)).toBe(false);
    const code = codeNow();
    expect((await browser.form(pathOf(page), { step: 'code', code })).status).toBe(200);
    expect(await signedIn(browser)).toBe(true);
    const second = await withPassword(thief);
    expect((await thief.form(pathOf(second), { step: 'code', code })).status).toBe(401);
    // With the password alone nobody makes another factor.
    const third = await withPassword(thief);
    await thief.form(pathOf(third), { step: 'enrol-totp', code });
    expect(await signedIn(thief)).toBe(false);
  });

  it('takes a recovery code once', async () => {
    for (const [status, inside] of [
      [200, true],
      [401, false],
    ] as const) {
      const browser = two.browser();
      const page = await withPassword(browser);
      const code = (codes[0] ?? '').toUpperCase();
      expect((await browser.form(pathOf(page), { step: 'code', code })).status).toBe(status);
      expect(await signedIn(browser)).toBe(inside);
    }
    await two.audited(({ action }) => action === 'factor.use-recovery-code');
  });

  it('slows guessing of codes down for who knows the password, and nobody else can block a person by it', async () => {
    two.offset += 2 * 3_600_000;
    const statuses: number[] = [];
    for (let i = 0; i < 2; i++) {
      const thief = two.browser();
      const page = await withPassword(thief);
      for (let j = 0; j < 4; j++)
        statuses.push((await thief.form(pathOf(page), { step: 'code', code: String(100_000 + i * 10 + j) })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    // A thousand wrong passwords do not touch the second factor, and the wait ends.
    two.offset += 6 * 60_000;
    const browser = two.browser();
    const page = await withPassword(browser);
    expect((await browser.form(pathOf(page), { step: 'code', code: codeNow() })).status).toBe(200);
  });

  it('is forgotten by an administrator for who lost it, and every session ends', async () => {
    nextStep();
    const browser = two.browser();
    const page = await withPassword(browser);
    await browser.form(pathOf(page), { step: 'code', code: codeNow() });
    const { id } = JSON.parse((await browser.get('/v1/me')).text) as { id: string };
    const answer = await browser.json('POST', `/v1/users/${id}/factors/reset`);
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([200, { factors: [] }]);
    expect(await signedIn(browser)).toBe(false);
    expect((await withPassword(two.browser())).text).toContain('Protect your account');
    await two.audited(({ action }) => action === 'factor.reset');
  });

  it('is a matter of the organisation', async () => {
    const browser = two.browser();
    const enrol = await withPassword(browser);
    secret = (/id="totp-secret">([A-Z2-7 ]+)</.exec(enrol.text)?.[1] ?? '').replaceAll(' ', '');
    await browser.form(pathOf(enrol), { step: 'enrol-totp', code: codeNow() });
    await browser.form(pathOf(enrol), { step: 'done' });
    const roles = [{ role: 'viewer', scope: 'organisation' }];
    const invited = await browser.json('POST', '/v1/users', { name: 'Vic', email: 'vic@example.com', roles });
    const { link } = JSON.parse(invited.text) as { link: string };
    for (const [second_factor, skip] of [
      ['offered', true],
      ['off', false],
    ] as const) {
      expect((await browser.json('PUT', '/v1/access-policy', { second_factor })).status).toBe(200);
      expect(JSON.parse((await browser.get('/v1/access-policy')).text)).toEqual({ second_factor, four_eyes: false });
      const vic = two.browser();
      let form = await vic.form(new URL(link).pathname, { name: 'Vic', email: 'vic@example.com', password });
      if (form.status === 410) form = await vic.get('/auth/login');
      const page = await vic.form(pathOf(form), { email: 'vic@example.com', password });
      expect(page.text.includes('Not now')).toBe(skip);
      if (skip) await vic.form(pathOf(page), { step: 'skip' });
      expect(await signedIn(vic)).toBe(true);
      expect((await vic.get('/v1/access-policy')).status).toBe(403);
    }
  });
});

describe('fresh sign-in', () => {
  it('is needed for changes of access, and got by signing in again', async () => {
    const browser = two.browser();
    nextStep();
    const page = await withPassword(browser);
    await browser.form(pathOf(page), { step: 'code', code: codeNow() });
    const change = (): Promise<Page> => browser.json('PUT', '/v1/access-policy', { second_factor: 'required' });
    expect((await change()).status).toBe(200);
    two.offset += 16 * 60_000;
    const refused = await change();
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([403, { errors: [{ code: 'sign_in_again' }] }]);
    expect(await signedIn(browser)).toBe(true);
    // A new session from the provider's old one is not a fresh sign-in.
    await browser.get('/auth/login');
    expect((await change()).status).toBe(403);
    const again = await browser.get('/auth/login?prompt=login');
    const second = await browser.form(pathOf(again), { email, password });
    await browser.form(pathOf(second), { step: 'code', code: codeNow() });
    expect((await change()).status).toBe(200);
  });
});
