// npm run bench:guessing: passwords are guessed at a steady rate, and somebody who is signed in works on meanwhile: what
// do they notice? Every second guess is at their account, the others at accounts that are not there; they come from 2,000
// addresses, so that nearly every one of those others costs a hash. Gateway, services, PostgreSQL and the load of the
// person are processes of their own. Arguments: --tries N (10,000) --rate N a second (100) --profile FOLDER (CPU profiles
// of gateway and user-access). Ends with 1 when a guess was let in or the person was not.
import { describeError } from '@quaywatch/kernel';
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { Browser } from '../../services/gateway/test/browser';
import { cpuMilliseconds, treeMilliseconds } from '../ingest-rig/child';
import { email, password, signIn } from './bench-person';
import { startRig, type GatewayRig } from './gateway-rig';

const run = promisify(execFile);
const { values: args } = parseArgs({
  options: {
    tries: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '100' },
    profile: { type: 'string' },
  },
});
const tries = Number(args.tries);
const rate = Number(args.rate);
const addresses = 2000;
const line = (text: string): void => void process.stdout.write(`${text}\n`);
const pathOf = (url: string): string => new URL(url).pathname;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Figures {
  readonly requests: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
}

/** What the person's calls take, 50 a second for so many seconds. */
async function calls(url: string, cookie: string, seconds: number): Promise<Figures> {
  const targets = [{ name: 'person', url: `${url}/v1/terminals`, headers: { cookie } }];
  const given = JSON.stringify({ targets, rate: 50, rounds: seconds });
  const { stdout } = await run(process.execPath, ['tools/bench/steady-load.mjs', given], { maxBuffer: 1e8 });
  const [figures] = JSON.parse(stdout) as Figures[];
  if (!figures) throw new Error('no figures');
  return figures;
}

/** Processor time that each process has used so far, ms. */
const used = (rig: GatewayRig): Map<string, number> =>
  new Map([
    ...[...rig.processes].map(([name, { pid = 0 }]) => [name, cpuMilliseconds(pid)] as const),
    ['PostgreSQL', treeMilliseconds(rig.postgres)],
  ]);

/** What they have used between two looks, ms of a core each second. */
const perSecond = (from: Map<string, number>, to: Map<string, number>, seconds: number): string =>
  [...to].map(([name, ms]) => `${name} ${((ms - (from.get(name) ?? 0)) / seconds).toFixed(0)}`).join(', ');

/** Whether the person gets in with their password. */
async function comesIn(url: string): Promise<boolean> {
  const browser = new Browser(url);
  await browser.form(pathOf((await browser.get('/auth/login')).url), { email, password });
  return (await browser.get('/v1/me')).status === 200;
}

/** Guesses at the steady rate; what became of them, by status or by why there was no answer. */
async function guess(url: string): Promise<Map<number | string, number>> {
  const seen = new Map<number | string, number>();
  // Each a browser with a sign-in of its own, used for one guess at a time.
  const idle: { browser: Browser; form: string }[] = [];
  const open: Promise<void>[] = [];
  const begin = performance.now();
  for (let i = 0; i < tries; i++) {
    const due = begin + (i * 1000) / rate - performance.now();
    if (due > 0) await wait(due);
    open.push(
      (async () => {
        const address = `10.${Math.floor((i % addresses) / 250)}.${i % 250}.9`;
        const headers = { 'x-forwarded-for': address };
        const fresh = async (): Promise<(typeof idle)[number]> => {
          const browser = new Browser(url);
          return { browser, form: pathOf((await browser.get('/auth/login', headers)).url) };
        };
        const mine = idle.pop() ?? (await fresh());
        const at = i % 2 === 0 ? email : `nobody-${i}@example.com`;
        const { status } = await mine.browser.form(mine.form, { email: at, password: `guess number ${i}` }, headers);
        idle.push(mine);
        return status;
      })()
        .catch(describeError)
        .then((became) => void seen.set(became, (seen.get(became) ?? 0) + 1)),
    );
  }
  await Promise.all(open);
  return seen;
}

await run(process.execPath, ['tools/build.mjs', 'gateway', 'fleet', 'user-access', 'condition-analysis']);
const flags = args.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${args.profile}`];
const rig = await startRig(flags, { TRUSTED_PROXIES: '127.0.0.1' }, ['gateway', 'user-access']);
try {
  const cookie = (await signIn(rig)).cookieHeader();
  const seconds = Math.ceil(tries / rate);
  const calm = Math.min(30, seconds);
  const first = used(rig);
  const before = await calls(rig.url, cookie, calm);
  const second = used(rig);
  const began = performance.now();
  let over = false;
  const guesses = guess(rig.url).finally(() => (over = true));
  const signIns = async (): Promise<{ asked: number; came: number }> => {
    let [asked, came] = [0, 0];
    for (; !over; asked++, await wait(2000)) if (await comesIn(rig.url).catch(() => false)) came++;
    return { asked, came };
  };
  const [meanwhile, seen, { asked, came }] = await Promise.all([calls(rig.url, cookie, seconds), guesses, signIns()]);
  const length = (performance.now() - began) / 1000;
  const third = used(rig);
  line('| calls of somebody else | answered | failed | p50 ms | p99 ms |\n|---|---|---|---|---|');
  for (const [name, { requests, failed, p50, p99 }] of [
    ['before', before],
    ['meanwhile', meanwhile],
  ] as const)
    line(`| ${name} | ${requests} | ${failed} | ${p50.toFixed(2)} | ${p99.toFixed(2)} |`);
  line(`ratio: p50 ${(meanwhile.p50 / before.p50).toFixed(2)}, p99 ${(meanwhile.p99 / before.p99).toFixed(2)}`);
  line(`${tries} guesses, ${rate} a second: ${[...seen].map(([status, n]) => `${n} × ${status}`).join(', ')}`);
  line(`processor, ms a second, before: ${perSecond(first, second, calm)}`);
  line(`meanwhile (${length.toFixed(0)} s): ${perSecond(second, third, length)}`);
  line(`the person signed in ${came} of ${asked} times meanwhile`);
  const bad =
    came < asked || meanwhile.failed > 0 || [...seen.keys()].some((status) => status !== 401 && status !== 429);
  if (bad) process.exitCode = 1;
} finally {
  await rig.stop();
}
