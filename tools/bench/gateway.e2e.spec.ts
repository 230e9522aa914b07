import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '@quaywatch/contracts';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { makePlace, type Place } from '../access/places';
import { unthrottled, WholePlatform } from '../access/whole-platform';

// npm run bench:gateway: what the gateway adds to calling the owning service directly (the yardstick, same request, same
// run), and how long the two heaviest lists take through it. autocannon runs as a process of its own.

const root = fileURLToPath(new URL('../..', import.meta.url));
const seconds = Number(process.env['BENCH_SECONDS'] ?? 10);
const rate = Number(process.env['BENCH_RATE'] ?? 200);

interface Figures {
  p50: number;
  p97_5: number;
  p99: number;
  requests: number;
  failed: number;
}

let platform: WholePlatform;
let place: Place;
let cookie: string;
let bearer: string;
const lines: string[] = [];

beforeAll(async () => {
  platform = await WholePlatform.start({ SECOND_FACTOR: 'off', ...unthrottled });
  const admin = await platform.firstAdministrator('org_a', 'admin@a.example.com');
  cookie = admin.cookieHeader();
  place = await makePlace(platform, admin, 'org_a', 'bench');
  const roles = [{ role: 'administrator', scope: 'organisation' }];
  const made = JSON.parse((await admin.json('POST', '/v1/api-clients', { name: 'bench', roles })).text) as {
    id: string;
    client_secret: string;
  };
  const answer = await fetch(`${platform.url}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${made.id}:${made.client_secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  bearer = ((await answer.json()) as { access_token: string }).access_token;
  await platform.services.store('condition-analysis').transact(async (tx) => {
    await tx.query(
      `insert into signal_minute (org, spreader, signal, minute, count, min, max, sum_micro)
       select 'org_a', $1, 'hyd.press', $2::bigint - n::bigint * 60000, 60, 180, 190, 11100000000 from generate_series(1, 43200) n`,
      [place.spreader, Math.floor(Date.now() / 60_000) * 60_000],
    );
  });
}, 120_000);
afterAll(async () => {
  process.stdout.write(`\n${lines.join('\n')}\n`);
  await platform?.stop();
}, 60_000);

function load(
  url: string,
  headers: Record<string, string>,
  options: { rate?: number; connections?: number } = {},
): Promise<Figures> {
  const { rate: wanted, connections = 10 } = options;
  const args = ['node_modules/autocannon/autocannon.js', '--json', '--no-progress', '-d', String(seconds)];
  args.push('-c', String(connections), ...(wanted ? ['-R', String(wanted)] : []));
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}=${value}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args, url], { cwd: root });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('exit', () => {
      try {
        const { latency, requests, errors, non2xx } = JSON.parse(text) as {
          latency: { p50: number; p97_5: number; p99: number };
          requests: { total: number };
          errors: number;
          non2xx: number;
        };
        resolve({ ...latency, requests: requests.total, failed: errors + non2xx });
      } catch (error) {
        reject(error as Error);
      }
    });
  });
}

const say = (what: string, { p50, p97_5, p99, requests, failed }: Figures): void =>
  void lines.push(`| ${what} | ${requests} | ${failed} | ${p50} | ${p97_5} | ${p99} |`);

/** Median of sequential calls with a clock finer than autocannon's whole milliseconds. */
async function median(url: string, headers: Record<string, string>, calls = 300): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < calls; i++) {
    const from = performance.now();
    await (await fetch(url, { headers })).arrayBuffer();
    times.push(performance.now() - from);
  }
  return times.sort((a, b) => a - b)[calls >> 1] ?? Number.NaN;
}

const direct = async (): Promise<Record<string, string>> => {
  const principal: Principal = {
    kind: 'user',
    id: 'usr_bench',
    org: 'org_a',
    roles: [{ role: 'administrator', scope: 'organisation' }],
  };
  return platform.services.peers.headersFor(principal, { requestId: 'req_bench_0001', address: null });
};

describe('gateway', () => {
  it(
    'beside calling the service directly, at a fixed rate',
    async () => {
      const path = '/v1/terminals';
      const service = platform.services.peers.urlOf('fleet');
      lines.push('| what | requests | failed | p50 ms | p97.5 ms | p99 ms |', '|---|---|---|---|---|---|');
      const yard = await load(`${service}${path}`, await direct(), { rate });
      say(`list terminals, service directly, ${rate}/s`, yard);
      const session = await load(`${platform.url}${path}`, { cookie }, { rate });
      say(`list terminals, gateway with session, ${rate}/s`, session);
      const program = await load(`${platform.url}${path}`, { authorization: `Bearer ${bearer}` }, { rate });
      say(`list terminals, gateway with token, ${rate}/s`, program);
      const [one, two] = [
        await median(`${service}${path}`, await direct()),
        await median(`${platform.url}${path}`, { cookie }),
      ];
      lines.push(`one after the other, p50: directly ${one.toFixed(2)} ms, through the gateway ${two.toFixed(2)} ms`);
      expect([yard.failed, session.failed, program.failed]).toEqual([0, 0, 0]);
    },
    (seconds * 3 + 60) * 1000,
  );

  it(
    'trend of a signal over 30 days, and 5,000 spreaders',
    async () => {
      const [from, to] = [new Date(Date.now() - 30 * 86_400_000).toISOString(), new Date().toISOString()];
      const query = new URLSearchParams({ signals: 'hyd.press', from, to }).toString();
      const series = `${platform.url}/v1/spreaders/${place.spreader}/series?${query}`;
      const trend = await load(series, { cookie }, { connections: 1 });
      say('30 days of one signal (43,200 minutes), one caller', trend);
      await platform.services.store('condition-analysis').transact(async (tx) => {
        await tx.query(
          `insert into fleet_spreader (org, spreader, number, model, type, terminal)
           select 'org_a', 'spr_b' || n, 'B-' || n, 'm', 'sts_twin', $1 from generate_series(1, 5000) n`,
          [place.terminal],
        );
      });
      const fleet = await load(`${platform.url}/v1/spreaders?limit=100`, { cookie }, { connections: 1 });
      say('first 100 of 5,000 spreaders, one caller', fleet);
      expect([trend.failed, fleet.failed]).toEqual([0, 0]);
      expect(Math.min(trend.requests, fleet.requests)).toBeGreaterThan(0);
    },
    (seconds * 2 + 60) * 1000,
  );
});
