import type { Principal } from '@quaywatch/contracts';
import { Browser } from '../../services/gateway/test/browser';
import type { GatewayRig } from './gateway-rig';

/** The organisation of the measurements, and its administrator. */
export const org = 'org_bench';
export const email = 'bench@example.com';
export const password = 'seven cranes at the quay';

/** Sets the administrator up and signs them in. */
export async function signIn(rig: GatewayRig): Promise<Browser> {
  const platform: Principal = { kind: 'service', id: 'platform', org, roles: [] };
  const headers = await rig.peers.headersFor(platform, { requestId: 'req_bench_0001', address: null });
  const answer = await fetch(`${rig.peers.urlOf('user-access')}/internal/set-up-link`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ org }),
  });
  const { link } = (await answer.json()) as { link: string };
  const browser = new Browser(rig.url);
  const form = await browser.form(new URL(link).pathname, { name: 'Bench', email, password });
  await browser.form(new URL(form.url).pathname, { email, password });
  const terminal = await browser.json('POST', '/v1/terminals', { name: 'Bench', time_zone: 'Europe/Stockholm' });
  if (terminal.status !== 201) throw new Error(`no terminal: ${terminal.status} ${terminal.text}`);
  return browser;
}
