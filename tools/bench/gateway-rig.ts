// The processes that bench:gateway measures: PostgreSQL, four services and the gateway, each on its own, from the bundles
// that are delivered.
import { freePort } from '@quaywatch/adapters';
import type { ServiceName } from '@quaywatch/contracts';
import {
  chooseAdapters,
  ensureInternalKeys,
  makeLogger,
  makePeers,
  prepareDatabase,
  startEmbeddedPostgres,
  type Peers,
} from '@quaywatch/runtime';
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stop } from '../ingest-rig/child';

const stored = ['fleet', 'user-access', 'condition-analysis'] as const satisfies readonly ServiceName[];

/** Everything that runs for one measurement. */
export interface GatewayRig {
  readonly url: string;
  readonly folder: string;
  readonly peers: Peers;
  /** With which each service connects. */
  readonly databases: ReadonlyMap<ServiceName, string>;
  /** Of the database's administrator. */
  readonly adminUrl: string;
  readonly processes: ReadonlyMap<ServiceName, ChildProcess>;
  /** Process id of PostgreSQL. */
  readonly postgres: number;
  /** Another gateway beside the first. */
  anotherGateway(): Promise<{ readonly url: string; readonly child: ChildProcess }>;
  stop(): Promise<void>;
}

/** Starts them; `flags` are for the node (`--cpu-prof`) of `profiled`, `more` for the environment of all. */
export async function startRig(
  flags: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
  profiled: readonly ServiceName[] = ['gateway'],
): Promise<GatewayRig> {
  const folder = await mkdtemp(join(tmpdir(), 'quaywatch-bench-gateway-'));
  await chmod(folder, 0o711);
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  const processes = new Map<ServiceName, ChildProcess>();
  const started: ChildProcess[] = [];
  const shared = {
    SECRETS_DIR: join(folder, 'secrets'),
    OBJECT_DIR: join(folder, 'objects'),
    ORGANISATION: 'org_bench',
    SECOND_FACTOR: 'off',
    RATE_ADDRESS: '10000000',
    RATE_CALLER: '10000000',
    RATE_ORGANISATION: '10000000',
    ...more,
  };
  const adapters = await chooseAdapters(
    { ...shared, DATABASE_URL: postgres.url },
    'bench',
    makeLogger('bench', { level: 'warn', file: join(folder, 'bench.log') }),
  );
  const stopAll = async (): Promise<void> => {
    for (const child of started.reverse()) await stop(child);
    await adapters.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await ensureInternalKeys(adapters.secrets);
    const databases = await prepareDatabase(postgres.url, stored, () => adapters.secrets, adapters.clock);
    const ports = new Map<ServiceName, number>();
    for (const name of [...stored, 'gateway'] as const) ports.set(name, await freePort());
    const urls = new Map([...ports].map(([name, port]) => [name, `http://127.0.0.1:${port}`]));
    const peerUrls = Object.fromEntries(
      [...urls].map(([name, url]) => [`${name.replaceAll('-', '_').toUpperCase()}_URL`, url]),
    );
    const launch = async (name: ServiceName, port: number): Promise<ChildProcess> => {
      const log = openSync(join(folder, `${name}.log`), 'a');
      const child = spawn(
        process.execPath,
        [...(profiled.includes(name) ? flags : []), `services/${name}/dist/main.js`],
        {
          env: {
            ...process.env,
            ...shared,
            ...peerUrls,
            DATABASE_URL: databases.get(name) ?? postgres.url,
            PUBLIC_URL: urls.get('gateway'),
            HTTP_HOST: '127.0.0.1',
            HTTP_PORT: String(port),
          },
          stdio: ['ignore', log, log],
        },
      );
      started.push(child);
      await answering(`http://127.0.0.1:${port}/readyz`, child, join(folder, `${name}.log`));
      return child;
    };
    for (const [name, port] of ports) processes.set(name, await launch(name, port));
    const anotherGateway = async (): Promise<{ url: string; child: ChildProcess }> => {
      const port = await freePort();
      return { url: `http://127.0.0.1:${port}`, child: await launch('gateway', port) };
    };
    const peers = makePeers(urls, adapters.secrets);
    return {
      url: urls.get('gateway') ?? '',
      folder,
      peers,
      databases,
      adminUrl: postgres.url,
      processes,
      postgres: postgres.pid,
      anotherGateway,
      stop: stopAll,
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

async function answering(url: string, child: ChildProcess, log: string): Promise<void> {
  for (const end = Date.now() + 180_000; ;) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}, see ${log}`);
    const good = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (good) return;
    if (Date.now() > end) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
