import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '@quaywatch/contracts';
import { execFileSync } from 'node:child_process';
import { Agent, get, type IncomingMessage } from 'node:http';
import { startRig, type GatewayRig } from '../../../tools/bench/gateway-rig';
import { Browser } from './browser';

// Gateways as processes of their own, from the bundles that are delivered.

const password = 'seven cranes at the quay';
const email = 'ada@example.com';
let rig: GatewayRig;
let cookie: string;

beforeAll(async () => {
  execFileSync(process.execPath, ['tools/build.mjs', 'gateway', 'fleet', 'user-access', 'condition-analysis']);
  rig = await startRig();
  const platform: Principal = { kind: 'service', id: 'platform', org: 'org_bench', roles: [] };
  const answer = await fetch(`${rig.peers.urlOf('user-access')}/internal/set-up-link`, {
    method: 'POST',
    headers: {
      ...(await rig.peers.headersFor(platform, { requestId: 'req_test_0001', address: null })),
      'content-type': 'application/json',
    },
    body: JSON.stringify({ org: 'org_bench' }),
  });
  const { link } = (await answer.json()) as { link: string };
  const browser = new Browser(rig.url);
  const form = await browser.form(new URL(link).pathname, { name: 'Ada', email, password });
  await browser.form(new URL(form.url).pathname, { email, password });
  cookie = browser.cookieHeader();
}, 600_000);
afterAll(() => rig?.stop(), 120_000);

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
afterAll(() => agent.destroy());

/** One request over kept connections; where nobody listens it goes to the next, as a load balancer would send it. */
async function ask(urls: readonly string[]): Promise<number> {
  for (const url of urls) {
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) =>
        get(`${url}/v1/terminals`, { agent, headers: { cookie } }, resolve).once('error', reject),
      );
      for await (const part of answer as AsyncIterable<Buffer>) void part;
      return answer.statusCode ?? 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
    }
  }
  throw new Error('nobody listens');
}

describe('gateway processes', () => {
  it('lose no request when one is told to stop under load', async () => {
    const [first, second] = [await rig.anotherGateway(), { url: rig.url }];
    const outcomes = { answered: 0, failed: [] as string[] };
    // What a balancer does: it looks whether the first is ready, and sends to the second when it is not.
    let ready = true;
    const look = setInterval(() => {
      fetch(`${first.url}/readyz`).then(
        (answer) => (ready = answer.ok),
        () => (ready = false),
      );
    }, 100);
    // Eight callers, each as fast as it is answered, until the gateway has ended and a little longer.
    let [ended, over] = [false, false];
    first.child.once('exit', () => (ended = true));
    const caller = async (): Promise<void> => {
      while (!over) {
        await ask(ready ? [first.url, second.url] : [second.url]).then(
          (status) => void (status === 200 ? outcomes.answered++ : outcomes.failed.push(String(status))),
          (error: unknown) => void outcomes.failed.push(String(error)),
        );
      }
    };
    const callers = Array.from({ length: 8 }, caller);
    const until = async (done: () => boolean): Promise<void> => {
      for (const end = Date.now() + 60_000; !done();) {
        if (Date.now() > end) throw new Error('it does not come to an end');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await until(() => outcomes.answered >= 100);
    first.child.kill('SIGTERM');
    await until(() => ended);
    const then = outcomes.answered;
    await until(() => outcomes.answered >= then + 50);
    over = true;
    await Promise.all(callers);
    clearInterval(look);
    expect(outcomes.failed).toEqual([]);
    expect(outcomes.answered).toBeGreaterThan(150);
    expect(first.child.exitCode).toBe(0);
  }, 180_000);
});
