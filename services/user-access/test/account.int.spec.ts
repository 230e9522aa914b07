import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import type { Browser, Page } from '../../gateway/test/browser';
import { TwoServices } from '../../gateway/test/two-services';

const password = 'seven cranes at the quay';
const email = 'ada@example.com';

let two: TwoServices;
let ada: Browser;
beforeAll(async () => {
  two = await TwoServices.start(undefined, { SECOND_FACTOR: 'offered' });
  const form = await (ada = two.browser()).form((await two.setUpPath()) ?? '', { name: 'Ada', email, password });
  await skip(ada, await ada.form(new URL(form.url).pathname, { email, password }));
}, 60_000);
afterAll(() => two.stop());

const pathOf = (page: Page): string => new URL(page.url).pathname;
const skip = (browser: Browser, page: Page): Promise<Page> => browser.form(pathOf(page), { step: 'skip' });
const signIn = async (word: string, userAgent: string): Promise<Browser> => {
  const browser = two.browser();
  const headers = { 'user-agent': userAgent };
  const form = await browser.get('/auth/login', headers);
  const page = await browser.form(pathOf(form), { email, password: word }, headers);
  await browser.form(pathOf(page), { step: 'skip' }, headers);
  return browser;
};
const json = <T>(page: Page): T => JSON.parse(page.text) as T;
interface Security {
  password: boolean;
  totp: boolean;
  recovery_codes_left: number;
  notices: { id: string; kind: string; user_agent: string }[];
}
const security = async (browser = ada): Promise<Security> => json(await browser.get('/v1/me/security'));
const noticesOf = async (kind: string): Promise<Security['notices']> =>
  (await security()).notices.filter((notice) => notice.kind === kind);

describe('own account', () => {
  it('has an authenticator app and recovery codes by API, and cannot lose the last factor where one is required', async () => {
    expect(await security()).toMatchObject({ password: true, totp: false, recovery_codes_left: 0, notices: [] });
    expect((await ada.json('POST', '/v1/me/recovery-codes')).status).toBe(409);
    const begun = json<{ secret: string; uri: string }>(await ada.json('POST', '/v1/me/totp'));
    expect(begun.uri).toContain('otpauth://totp/');
    expect((await ada.json('POST', '/v1/me/totp/confirmation', { code: '000000' })).status).toBe(400);
    const totp = new TOTP({ secret: Secret.fromBase32(begun.secret), algorithm: 'SHA1', digits: 6, period: 30 });
    const code = totp.generate({ timestamp: Date.now() + two.offset });
    const confirmed = await ada.json('POST', '/v1/me/totp/confirmation', { code });
    expect([confirmed.status, json<{ recovery_codes: string[] }>(confirmed).recovery_codes.length]).toEqual([200, 10]);
    expect(await security()).toMatchObject({ totp: true, recovery_codes_left: 10 });
    const again = json<{ recovery_codes: string[] }>(await ada.json('POST', '/v1/me/recovery-codes'));
    expect(again.recovery_codes).not.toEqual(json<{ recovery_codes: string[] }>(confirmed).recovery_codes);

    expect((await ada.json('PUT', '/v1/access-policy', { second_factor: 'required' })).status).toBe(200);
    const refused = await ada.json('DELETE', '/v1/me/totp');
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('Set up another one first')]);
    expect(await security()).toMatchObject({ totp: true });
    await ada.json('PUT', '/v1/access-policy', { second_factor: 'offered' });
    expect((await ada.json('DELETE', '/v1/me/totp')).status).toBe(200);
    expect(await security()).toMatchObject({ totp: false, recovery_codes_left: 0 });
    await two.audited(({ action, detail }) => action === 'factor.remove' && detail?.['factor'] === 'totp');
    // Both are told: somebody else may have done them.
    expect([await noticesOf('factor_added'), await noticesOf('factor_removed')]).toEqual([
      [expect.objectContaining({ address: '127.0.0.1' })],
      [expect.objectContaining({ address: '127.0.0.1' })],
    ]);
  });

  it('is told of a device that was not seen before, but not of a new version of the same browser', async () => {
    await signIn(password, 'Netscape/4.7');
    const [notice] = await noticesOf('new_device');
    expect(notice).toMatchObject({ kind: 'new_device', user_agent: 'Netscape/4.7' });
    await signIn(password, 'Netscape/4.8');
    expect(await noticesOf('new_device')).toHaveLength(1);
    await two.audited(({ action }) => action === 'session.new-device');
    expect((await ada.json('DELETE', `/v1/me/notices/${notice?.id}`)).status).toBe(200);
    expect((await ada.json('DELETE', `/v1/me/notices/${notice?.id}`)).status).toBe(404);
    expect(await noticesOf('new_device')).toEqual([]);
  });

  it('lists its sessions and says which one asks', async () => {
    const { data } = json<{ data: { current: boolean; user_agent: string }[] }>(await ada.get('/v1/me/sessions'));
    expect(data.filter(({ current }) => current)).toHaveLength(1);
    expect(data.length).toBeGreaterThan(2);
  });

  it('changes the password with the present one only, and is out everywhere else', async () => {
    const other = await signIn(password, 'Netscape/4.7');
    expect((await other.get('/v1/me')).status).toBe(200);
    const next = 'nine gulls on a mooring line';
    for (const [current, wanted, status] of [
      ['not the present password', next, 400],
      [password, 'password1234', 400],
      [password, next, 200],
    ] as const)
      expect([wanted, (await ada.json('POST', '/v1/me/password', { current, next: wanted })).status]).toEqual([
        wanted,
        status,
      ]);
    expect((await other.get('/v1/me')).status).toBe(401);
    expect(await noticesOf('password_changed')).toHaveLength(1);
    expect((await ada.get('/v1/me')).status).toBe(200);
    expect((await (await signIn(password, 'Netscape/4.7')).get('/v1/me')).status).toBe(401);
    expect((await (await signIn(next, 'Netscape/4.7')).get('/v1/me')).status).toBe(200);
  });

  it('needs a fresh sign-in to change it, and no program has one', async () => {
    two.offset += 16 * 60_000;
    const stale = await ada.json('POST', '/v1/me/totp');
    expect([stale.status, stale.text]).toEqual([403, expect.stringContaining('sign_in_again')]);
    two.offset -= 16 * 60_000;
    const made = await ada.json('POST', '/v1/api-clients', {
      name: 'TOS',
      roles: [{ role: 'partner', scope: 'organisation' }],
    });
    const { id, client_secret: secret } = json<{ id: string; client_secret: string }>(made);
    const tokenOf = async (word: string): Promise<{ status: number; token: string }> => {
      const answer = await fetch(`${two.url}/oidc/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${id}:${word}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
      return { status: answer.status, token: ((await answer.json()) as { access_token: string }).access_token };
    };
    const { token } = await tokenOf(secret);
    const asProgram = await fetch(`${two.url}/v1/me/security`, { headers: { authorization: `Bearer ${token}` } });
    expect(asProgram.status).toBe(403);

    // Its secret is exchanged without a gap: both work for a day.
    const rotated = json<{ client_secret: string }>(await ada.json('POST', `/v1/api-clients/${id}/rotate`));
    expect(rotated.client_secret).not.toBe(secret);
    expect((await tokenOf(rotated.client_secret)).status).toBe(200);
    expect((await tokenOf(secret)).status).toBe(200);
    expect((await tokenOf(`${secret} ${rotated.client_secret}`)).status).toBe(401);
    two.offset += 25 * 3_600_000;
    expect((await tokenOf(secret)).status).toBe(401);
    expect((await tokenOf(rotated.client_secret)).status).toBe(200);
  });
});
