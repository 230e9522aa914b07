import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TwoServices } from './two-services';

const password = 'seven cranes at the quay';

let two: TwoServices;
beforeAll(async () => {
  two = await TwoServices.start('https://quaywatch.example.com');
}, 60_000);
afterAll(() => two.stop());

describe('behind https', () => {
  it('signs in, with cookies that only https carries', async () => {
    const browser = two.browser();
    const form = await browser.form((await two.setUpPath()) ?? '', { name: 'Ada', email: 'ada@example.com', password });
    expect(form.url).toMatch(/^https:\/\/quaywatch\.example\.com\/oidc\/interaction\//);
    const page = await browser.form(new URL(form.url).pathname, { email: 'ada@example.com', password });
    expect([page.status, page.url]).toEqual([200, 'https://quaywatch.example.com/']);
    const me = await browser.get('/v1/me');
    expect(me.status).toBe(200);
    expect(me.headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');

    const own = browser.cookieLines.filter((line) => line.startsWith('__Host-quaywatch='));
    expect(own.length).toBeGreaterThan(0);
    for (const line of own) expect(line).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    for (const line of browser.cookieLines) {
      expect(line.toLowerCase()).toMatch(/; secure/);
      expect(line.toLowerCase()).toMatch(/; httponly/);
      expect(line.toLowerCase()).toMatch(/; samesite=lax/);
      expect(line.toLowerCase()).not.toMatch(/; domain=/);
    }
  });
});
