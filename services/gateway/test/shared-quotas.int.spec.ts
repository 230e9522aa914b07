import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { RunningService } from '@quaywatch/runtime';
import { createSocket } from 'node:dgram';
import type { Browser } from './browser';
import { TwoServices } from './two-services';

const password = 'seven cranes at the quay';
const email = 'ada@example.com';
const limit = 60;

let two: TwoServices;
let other: RunningService;
let admin: Browser;
let ports: number[];
beforeAll(async () => {
  two = await TwoServices.start();
  admin = two.browser();
  const form = await admin.form((await two.setUpPath()) ?? '', { name: 'Ada', email, password });
  await admin.form(new URL(form.url).pathname, { email, password });
  await two.gateway.stop();
  ports = [await freeUdpPort(), await freeUdpPort()];
  const peers = { QUOTA_HOST: '127.0.0.1', QUOTA_PEERS: ports.map((port) => `127.0.0.1:${port}`).join(',') };
  const given = (i: number) => ({ ...peers, QUOTA_PORT: String(ports[i]), RATE_CALLER: String(limit) });
  await two.startGateway(undefined, given(0));
  other = await two.startAnotherGateway('127.0.0.1', given(1));
}, 60_000);
afterAll(async () => {
  await other?.stop();
  await two?.stop();
}, 30_000);

it('two gateways give a person one quota between them', async () => {
  const cookie = admin.cookieHeader();
  const ask = (url: string): Promise<Response> => fetch(`${url}/v1/alarms`, { headers: { cookie } });
  const leftOf = (answer: Response): number => Number(/r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1]);
  // Until each has heard of the other's counts; a window may end between, then once more.
  const sums: number[] = [];
  for (const until = Date.now() + 20_000; ;) {
    const [here, there] = [leftOf(await ask(two.url)), leftOf(await ask(other.url))];
    sums.push(here, there);
    if (there < here && sums.length > 2) break;
    if (Date.now() > until) throw new Error(`the gateways do not hear each other: ${sums.join(' ')}`);
  }
  const admitted = [0, 0];
  let refused: Response | undefined;
  for (let i = 0; i < 4 * limit && !refused; i++) {
    const answer = await ask(i % 2 ? other.url : two.url);
    if (answer.status === 429) refused = answer;
    else admitted[i % 2]!++;
  }
  expect(refused?.headers.get('retry-after')).toMatch(/^\d+$/);
  // Alone each would have given the whole.
  expect(Math.max(...admitted)).toBeLessThan(limit);
  // Both refuse now, also the one that has not said so itself.
  for (const until = Date.now() + 10_000; ;) {
    const statuses = [(await ask(two.url)).status, (await ask(other.url)).status];
    if (statuses.every((status) => status === 429)) break;
    if (Date.now() > until) throw new Error(`one still admits: ${statuses.join(' ')}`);
  }
}, 60_000);

it('takes no notice of datagrams that are not from a gateway', async () => {
  const socket = createSocket('udp4');
  for (const bytes of [Buffer.alloc(0), Buffer.from('hello'), Buffer.alloc(1400, 1)])
    await new Promise((resolve) => socket.send(bytes, ports[0], '127.0.0.1', resolve));
  socket.close();
  expect((await fetch(`${two.url}/healthz`)).status).toBe(200);
});

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}
