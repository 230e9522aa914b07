// npm run bench:gateway: what the gateway adds to calling the owning service directly, and how long the two heaviest
// answers take through it; the yardsticks are the service called directly and the same query by pgbench. Gateway,
// services, PostgreSQL and load generator are processes of their own. Arguments: --rounds N (10, a second each)
// --rate N (200) --profile FOLDER (the gateway's CPU profile) --only overhead (not the heavy answers).
import type { Principal } from '@quaywatch/contracts';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import pg from 'pg';
import { spreadersSql } from '../../services/condition-analysis/src/answer/read-spreaders';
import { sumsOfMinutesSql } from '../../services/condition-analysis/src/answer/series';
import { terminalsSql } from '../../services/fleet/src/fleet-queries';
import { cpuMilliseconds } from '../ingest-rig/child';
import { org, signIn } from './bench-person';
import fleetSql from './gateway-fleet.sql';
import { startRig, type GatewayRig } from './gateway-rig';

const run = promisify(execFile);
const { values: args } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '200' },
    profile: { type: 'string' },
    only: { type: 'string' },
  },
});
const rounds = Number(args.rounds);
const rate = Number(args.rate);
const line = (text: string): void => void process.stdout.write(`${text}\n`);

interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers: Record<string, string>;
}
interface Figures {
  readonly name: string;
  readonly requests: number;
  readonly failed: number;
  readonly late: number;
  readonly p50: number;
  readonly p99: number;
}

/** Targets in turn at a steady rate, and the processor time that a request cost the gateway, ms. */
async function steady(rig: GatewayRig, targets: readonly Target[], perSecond = rate): Promise<Figures[]> {
  const gateway = rig.processes.get('gateway')?.pid ?? 0;
  const before = cpuMilliseconds(gateway);
  const given = JSON.stringify({ targets, rate: perSecond, rounds });
  const { stdout } = await run(process.execPath, ['tools/bench/steady-load.mjs', given], { maxBuffer: 1e8 });
  const figures = JSON.parse(stdout) as Figures[];
  const through = targets.filter(({ url }) => url.startsWith(rig.url)).length * (rounds + 1) * perSecond;
  for (const { name, requests, failed, late, p50, p99 } of figures)
    line(`| ${name} | ${requests} | ${failed} | ${p50.toFixed(2)} | ${p99.toFixed(2)} | ${late.toFixed(0)} |`);
  if (through > 0)
    line(`gateway: ${((cpuMilliseconds(gateway) - before) / through).toFixed(2)} ms of processor a request`);
  return figures;
}

/** autocannon, as fast as ten connections go: requests a second. */
async function fullSpeed({ url, headers }: Target): Promise<{ perSecond: number; failed: number }> {
  const given = ['node_modules/autocannon/autocannon.js', '--json', '--no-progress', '-d', '5', '-c', '10'];
  for (const [name, value] of Object.entries(headers)) given.push('-H', `${name}=${value}`);
  const { stdout } = await run(process.execPath, [...given, url], { maxBuffer: 1e8 });
  const { requests, errors, non2xx } = JSON.parse(stdout) as {
    requests: { average: number };
    errors: number;
    non2xx: number;
  };
  return { perSecond: Math.round(requests.average), failed: errors + non2xx };
}

/** The same query by pgbench at the same rate, with the same transaction around it; p50 and p99, ms. */
async function pgbench(url: string, name: string, query: string, perSecond: number, folder: string): Promise<void> {
  if (!existsSync('/usr/bin/pgbench')) return line(`| ${name}, pgbench | not installed (Debian: postgresql-contrib) |`);
  const { username, password: secret, hostname, port, pathname } = new URL(url);
  const script = join(folder, 'query.sql');
  const around = `begin; set transaction isolation level repeatable read read only; set local role "${username}_reader";
select set_config('app.org', '${org}', true);`;
  await writeFile(script, `${around}\n${query.replace(/\s+/g, ' ')};\ncommit;\n`);
  const log = join(folder, 'pgbench');
  const seconds = Math.max(4, Math.min(rounds, 10));
  const given = [
    '-n',
    '-f',
    script,
    '-R',
    String(perSecond),
    '-T',
    String(seconds),
    '-c',
    '8',
    '-l',
    '--log-prefix',
    log,
  ];
  await run('/usr/bin/pgbench', [...given, '-h', hostname, '-p', port, '-U', username, pathname.slice(1)], {
    env: { ...process.env, PGPASSWORD: decodeURIComponent(secret) },
    cwd: folder,
  });
  const { stdout } = await run('bash', ['-c', `cat ${log}.* && rm ${log}.*`], { maxBuffer: 1e8 });
  // Columns: client, transaction, latency (µs, from when it was due), file, time, time, how late it began (µs).
  const times = stdout
    .trim()
    .split('\n')
    .map((text) => text.split(' ').map(Number))
    .map((columns) => ((columns[2] ?? 0) - (columns[6] ?? 0)) / 1000)
    .sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(2);
  line(`| ${name}, pgbench | ${times.length} | 0 | ${at(0.5)} | ${at(0.99)} | – |`);
}

/** The query with its parameters written into it. */
const filled = (query: string, values: readonly (string | number | boolean | null)[]): string =>
  query.replace(/\$(\d+)/g, (_, n: string) => {
    const value = values[Number(n) - 1] ?? null;
    return typeof value === 'string' ? pg.escapeLiteral(value) : String(value);
  });

/** Cookies of a session, and the token of a program. */
async function callers(rig: GatewayRig): Promise<{ cookie: string; bearer: string }> {
  const browser = await signIn(rig);
  const program = { name: 'bench', roles: [{ role: 'administrator', scope: 'organisation' }] };
  const made = JSON.parse((await browser.json('POST', '/v1/api-clients', program)).text) as {
    id: string;
    client_secret: string;
  };
  const token = await fetch(`${rig.url}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${made.id}:${made.client_secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: bearer } = (await token.json()) as { access_token: string };
  return { cookie: browser.cookieHeader(), bearer };
}

async function fill(rig: GatewayRig, now: number): Promise<void> {
  const client = new pg.Client({ connectionString: rig.databases.get('condition-analysis') });
  await client.connect();
  await client.query(
    fleetSql
      .replaceAll(/(?<!:):now\b/g, `${now}::float8`)
      .replaceAll(/(?<!:):org\b/g, pg.escapeLiteral(org))
      .replaceAll(/(?<!:):terminal\b/g, pg.escapeLiteral('ter_bench')),
  );
  await client.query('analyze');
  await client.end();
}

async function main(): Promise<void> {
  await run(process.execPath, ['tools/build.mjs', 'gateway', 'fleet', 'user-access', 'condition-analysis']);
  const rig = await startRig(args.profile ? ['--cpu-prof', `--cpu-prof-dir=${args.profile}`] : []);
  try {
    const { cookie, bearer } = await callers(rig);
    const now = Date.now();
    if (args.only !== 'overhead') await fill(rig, now);
    const principal: Principal = {
      kind: 'user',
      id: 'usr_bench',
      org,
      roles: [{ role: 'administrator', scope: 'organisation' }],
    };
    const inside = async () => rig.peers.headersFor(principal, { requestId: 'req_bench_0002', address: null });
    const direct = async (service: 'fleet' | 'condition-analysis', name: string, path: string): Promise<Target> => ({
      name: `${name}, service directly`,
      url: `${rig.peers.urlOf(service)}${path}`,
      headers: await inside(),
    });
    const session = (name: string, path: string): Target => ({
      name: `${name}, gateway with session`,
      url: `${rig.url}${path}`,
      headers: { cookie },
    });
    const token = (name: string, path: string): Target => ({
      name: `${name}, gateway with token`,
      url: `${rig.url}${path}`,
      headers: { authorization: `Bearer ${bearer}` },
    });

    line('| what | answered | failed | p50 ms | p99 ms | generator late ms |\n|---|---|---|---|---|---|');
    const list = 'list terminals';
    const path = '/v1/terminals';
    const figures = await steady(rig, [await direct('fleet', list, path), session(list, path), token(list, path)]);
    const [yard, own, program] = figures.map(({ p50 }) => p50) as [number, number, number];
    line(
      `the gateway adds ${(own - yard).toFixed(2)} ms (session), ${(program - yard).toFixed(2)} ms (token) p50; goal 1 ms`,
    );
    const fleetUrl = rig.databases.get('fleet') ?? '';
    await pgbench(fleetUrl, list, filled(terminalsSql, [null, null, null, 101]), rate, rig.folder);
    for (const target of [await direct('fleet', list, path), session(list, path)]) {
      const { perSecond, failed } = await fullSpeed(target);
      line(`${target.name}, autocannon with 10 connections: ${perSecond} requests/s, ${failed} failed`);
    }

    if (args.only === 'overhead') return;

    const analysisUrl = rig.databases.get('condition-analysis') ?? '';
    const day = 86_400_000;
    const range = { from: new Date(now - 30 * day).toISOString(), to: new Date(now).toISOString() };
    const trendPath = `/v1/spreaders/spr_b1/series?${new URLSearchParams({ signals: 'hyd.press', ...range }).toString()}`;
    const raw = await (await fetch(`${rig.url}${trendPath}`, { headers: { cookie } })).json();
    line(`trend: ${(raw as { series: { raw_points: number }[] }).series[0]?.raw_points} samples in the answer`);
    const few = 5;
    const trend = 'one signal, 30 days, 43,200 minutes';
    await steady(rig, [await direct('condition-analysis', trend, trendPath), session(trend, trendPath)], few);
    const from = now - 30 * day;
    await pgbench(
      analysisUrl,
      trend,
      filled(sumsOfMinutesSql, ['spr_b1', 'hyd.press', from, now, from, 37 * 60_000]),
      few,
      rig.folder,
    );
    const spreaders = 'first 100 of 5,000 spreaders';
    const listPath = '/v1/spreaders?limit=100';
    await steady(rig, [await direct('condition-analysis', spreaders, listPath), session(spreaders, listPath)], few);
    const values = [null, null, null, now - day, now, now - 6e5, null, null, null, null, null, 101, true];
    await pgbench(analysisUrl, spreaders, filled(spreadersSql, values), few, rig.folder);
    const all = 'all 5,000 spreaders, a page of 1,000';
    await steady(rig, [session(all, '/v1/spreaders?limit=1000')], 2);
  } catch (error) {
    for (const name of rig.processes.keys())
      process.stderr.write(`${name}: ${(await readFile(join(rig.folder, `${name}.log`), 'utf8')).slice(-1500)}\n`);
    throw error;
  } finally {
    await rig.stop();
  }
}

await main();
