import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TwoServices } from './two-services';

describe('gateway and services over mutual TLS', () => {
  let two: TwoServices;
  beforeAll(async () => {
    two = await TwoServices.start(undefined, {}, true);
  }, 90_000);
  afterAll(() => two.stop());

  it('lets a person sign in through the built-in provider, and look', async () => {
    expect(two.userAccess.url).toMatch(/^https:/);
    const browser = two.browser();
    const admin = { email: 'ada@example.com', name: 'Ada', password: 'seven cranes at the quay' };
    const done = await browser.form((await two.setUpPath()) ?? '', admin);
    expect(new URL(done.url).pathname).toMatch(/interaction/);
    const { email, password } = admin;
    expect((await browser.form(new URL(done.url).pathname, { email, password })).status).toBe(200);
    expect((await browser.get('/v1/me')).status).toBe(200);
  });

  it('lets in nobody without a certificate, whatever token they have', async () => {
    const headers = await two.peers.headersFor(null, { requestId: 'req_test', address: null });
    const port = new URL(two.userAccess.url).port;
    await expect(fetch(`http://127.0.0.1:${port}/healthz`, { headers })).rejects.toThrow();
    await expect(fetch(`https://localhost:${port}/healthz`, { headers })).rejects.toThrow();
  });

  it('tells probes whether a service is ready, and nothing else', async () => {
    const health = two.userAccess.healthUrl ?? '';
    for (const [path, status] of [
      ['/healthz', 200],
      ['/readyz', 200],
      ['/v1/users', 404],
      ['/metrics', 404],
    ] as const)
      expect((await fetch(`${health}${path}`)).status).toBe(status);
  });
});
