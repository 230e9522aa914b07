// npm run bench:ingest: PUBACK/s over mutual TLS at QoS 1 with 300-byte payloads, durable in the log, against bare Aedes
// and Debian's Mosquitto (persistence on) in the same run; then what an idle device costs in memory.
// Arguments: --senders N (50) --window N (20) --seconds N (8) --devices N (2000, idle) --log postgres|kafka
import { installCertificate, readIdentity, signingRequest, type Identity } from '@quaywatch/services/btu';
import {
  chooseAdapters,
  ensureInternalKeys,
  makeLogger,
  makePeers,
  prepareDatabase,
  startEmbeddedPostgres,
} from '@quaywatch/runtime';
import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Device, measure, type Figures } from './load';

const { values: args } = parseArgs({
  options: {
    senders: { type: 'string', default: '50' },
    window: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '8' },
    devices: { type: 'string', default: '2000' },
    log: { type: 'string', default: 'postgres' },
  },
});
const [senders, window, seconds, idle] = [args.senders, args.window, args.seconds, args.devices].map(Number) as [
  number,
  number,
  number,
  number,
];
const folder = await mkdtemp(join(tmpdir(), 'quaywatch-bench-'));
await chmod(folder, 0o755);
const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
const identities: Identity[] = [];
const name = (i: number): string => `BTU-${String(i + 1).padStart(5, '0')}`;
let boot = 0;

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
};
const build = (entry: string, out: string): string => {
  const program = `node_modules/.cache/quaywatch-tools/${out}.mjs`;
  execFileSync(process.execPath, ['tools/build.mjs', '--file', entry, program]);
  return program;
};
const started = (child: ChildProcess): Promise<{ url: string; mqttPort: number }> =>
  new Promise((done, fail) => {
    child.once('message', (message) => done(message as { url: string; mqttPort: number }));
    child.once('exit', (code) => fail(new Error(`ended with ${code} before it was ready`)));
  });
const rss = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

async function load(port: number, pid: number): Promise<Figures> {
  boot++;
  const devices = identities.slice(0, senders).map((identity, i) => new Device(name(i), identity, boot, window));
  for (const device of devices) await device.open(port);
  try {
    return await measure(devices, pid, seconds);
  } finally {
    for (const device of devices) device.close();
  }
}
async function idleCost(port: number, pid: number): Promise<{ kilobytes: number; perSecond: number }> {
  boot++;
  await new Promise((done) => setTimeout(done, 2000));
  const before = rss(pid);
  const devices = identities.slice(0, idle).map((identity, i) => new Device(name(i), identity, boot, window));
  const from = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (next < devices.length) await devices[next++]?.open(port);
    }),
  );
  const elapsed = performance.now() - from;
  await new Promise((done) => setTimeout(done, 2000));
  const after = rss(pid);
  for (const device of devices) device.close();
  return { kilobytes: (after - before) / devices.length, perSecond: Math.round((devices.length * 1000) / elapsed) };
}
const rows: [string, Figures][] = [];
const idles: [string, { kilobytes: number; perSecond: number }][] = [];
async function run(what: string, port: number, pid: number, withIdle: boolean): Promise<void> {
  // Idle first: a heap that has seen load is no measure of what a connection costs.
  if (withIdle && idle > 0) idles.push([what, await idleCost(port, pid)]);
  rows.push([what, await load(port, pid)]);
}

let failed = true;
try {
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  closers.push(() => postgres.stop());
  const environment: Record<string, string> = {
    DATABASE_URL: postgres.url,
    SECRETS_DIR: join(folder, 'secrets'),
    OBJECT_DIR: join(folder, 'objects'),
    MQTT_HOST: '127.0.0.1',
    MQTT_PORT: '0',
    LOG_FILE: join(folder, 'ingest.log'),
  };
  if (args.log === 'kafka') {
    const module = pathToFileURL(resolve('deploy/kafka/local/start-kafka.mjs')).href;
    const { startKafka } = (await import(module)) as typeof import('../../deploy/kafka/local/start-kafka.mjs');
    const kafka = await startKafka({ dataDir: join(folder, 'kafka') });
    closers.push(() => kafka.stop());
    Object.assign(environment, { EVENT_LOG: 'kafka', KAFKA_BROKERS: kafka.brokers.join(',') });
  }
  const logger = makeLogger('bench', { level: 'warn', file: join(folder, 'bench.log') });
  const adapters = await chooseAdapters(environment, 'bench', logger);
  closers.push(() => adapters.close());
  await ensureInternalKeys(adapters.secrets);
  const urls = await prepareDatabase(postgres.url, ['ingest'], () => adapters.secrets, adapters.clock);
  const program = build('tools/chaos/ingest-process.ts', 'chaos-ingest');
  const ingest = fork(program, { env: { ...process.env, ...environment, SERVICE_DATABASE_URL: urls.get('ingest') } });
  closers.push(() => stop(ingest));
  const { url, mqttPort } = await started(ingest);
  const peers = makePeers(new Map([['ingest', url]]), adapters.secrets);
  console.log(`enrolling ${Math.max(senders, idle)} devices`);
  for (let i = 0; i < Math.max(senders, idle); i++) {
    const device = join(folder, 'devices', name(i));
    const csr = await signingRequest(device, name(i));
    const principal = {
      kind: 'service' as const,
      id: 'bench',
      org: 'org_bench',
      roles: [{ role: 'administrator' as const, scope: 'organisation' as const }],
    };
    const response = await fetch(`${url}/v1/devices`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(await peers.headersFor(principal, { requestId: 'req_bench', address: null })),
      },
      body: JSON.stringify({ btu: name(i), csr }),
    });
    if (!response.ok) throw new Error(`enrolment: ${response.status} ${await response.text()}`);
    const issued = (await response.json()) as { certificate: string; chain: string };
    await installCertificate(device, issued.certificate, issued.chain);
    identities.push(await readIdentity(device));
  }
  await run(`ingest, ${args.log} log`, mqttPort, ingest.pid as number, true);
  await stop(ingest);

  const [key, cert, ca] = ['server.key', 'server.pem', 'ca.pem'].map((file) => join(folder, file)) as [
    string,
    string,
    string,
  ];
  const openssl = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${key} -out ${cert} -subj /CN=localhost -days 2`;
  execFileSync('openssl', openssl.split(' '), { stdio: 'ignore' });
  await writeFile(ca, identities[0]?.ca ?? '');
  const bare = fork(build('tools/bench/bare-aedes.ts', 'bare-aedes'), [key, cert, ca]);
  closers.push(() => stop(bare));
  await run('bare Aedes', (await started(bare)).mqttPort, bare.pid as number, true);
  await stop(bare);

  const mosquitto = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', process.env.MOSQUITTO ?? ''].find((file) => {
    try {
      return file !== '' && readFileSync(file).length > 0;
    } catch {
      return false;
    }
  });
  if (mosquitto) {
    const free = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => free.once('listening', done));
    const { port } = free.address() as AddressInfo;
    await new Promise((done) => free.close(done));
    const conf = join(folder, 'mosquitto.conf');
    await writeFile(
      conf,
      `listener ${port} 127.0.0.1\ncafile ${ca}\ncertfile ${cert}\nkeyfile ${key}\nrequire_certificate true\nuse_identity_as_username true\npersistence true\npersistence_location ${folder}/\nset_tcp_nodelay true\nmax_inflight_messages 0\nuser root\nlog_type error\n`,
    );
    const child = spawn(mosquitto, ['-c', conf], { stdio: 'ignore' });
    closers.push(() => stop(child));
    await new Promise((done) => setTimeout(done, 1500));
    await run('Mosquitto, persistence on', port, child.pid as number, false);
    await stop(child);
  } else console.log('Mosquitto left out: not installed (apt-get install mosquitto, or MOSQUITTO=/path/to/mosquitto)');

  const bareRow = rows.find(([what]) => what === 'bare Aedes')?.[1].perSecond ?? 1;
  console.log(`${senders} senders, window ${window}, 300 bytes, QoS 1, mutual TLS, ${seconds} s`);
  for (const [what, { perSecond, p50, p99, disorder, generator, broker }] of rows)
    console.log(
      `${what.padEnd(28)} ${String(perSecond).padStart(7)} PUBACK/s (${(perSecond / bareRow).toFixed(2)} × bare), p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms, out of order ${disorder}, CPU broker ${(broker * 100).toFixed(0)} % generator ${(generator * 100).toFixed(0)} %`,
    );
  for (const [what, { kilobytes, perSecond }] of idles)
    console.log(`${what.padEnd(28)} ${kilobytes.toFixed(1)} KB per idle device of ${idle}, ${perSecond} connects/s`);
  failed = rows.some(([, { disorder }]) => disorder > 0);
} catch (error) {
  console.error(error);
} finally {
  for (const close of closers.reverse()) await close().catch((error: unknown) => console.error(error));
}
process.exit(failed ? 1 : 0);
