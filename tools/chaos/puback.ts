// npm run chaos:puback: kills ingest (kill -9) at a random moment under load, starts it again, lets the devices send again
// what was not acknowledged, and then looks for every PUBACKed message in the log: none lost, none doubled.
// Arguments: --trials N (20) --devices N (12) --seed N (1) --log postgres|kafka
import { deviceTopic } from '@quaywatch/contracts';
import { installCertificate, readIdentity, signingRequest, type Identity } from '@quaywatch/services/btu';
import {
  chooseAdapters,
  ensureInternalKeys,
  makeLogger,
  makePeers,
  prepareDatabase,
  startEmbeddedPostgres,
} from '@quaywatch/runtime';
import { connect, type MqttClient } from 'mqtt';
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values: args } = parseArgs({
  options: {
    trials: { type: 'string', default: '20' },
    devices: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    log: { type: 'string', default: 'postgres' },
  },
});
const trials = Number(args.trials);
const deviceCount = Number(args.devices);
const inFlight = 20;

/** Numbers from 0 to 1 with a seed (mulberry32). */
function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A device that publishes numbered frames as fast as they are acknowledged, and remembers which were. */
class Sender {
  readonly acknowledged = new Set<number>();
  private readonly unacknowledged = new Set<number>();
  private next = 1;
  private client: MqttClient | undefined;
  private sending = true;

  constructor(
    readonly btu: string,
    private readonly identity: Identity,
  ) {}

  connect(port: number): void {
    const client = connect(`mqtts://127.0.0.1:${port}`, {
      clientId: this.btu,
      key: this.identity.key,
      cert: this.identity.certificate,
      ca: this.identity.ca,
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
    });
    this.client = client;
    client.on('error', () => undefined);
    client.once('connect', () => {
      // As a real device does: what was not acknowledged goes first, in order, with the same numbers.
      for (const seq of [...this.unacknowledged].sort((a, b) => a - b)) this.publish(client, seq);
      this.fill(client);
    });
  }

  /** Lets what is under way finish; true when nothing is left without acknowledgement. */
  pause(): void {
    this.sending = false;
  }

  resume(): void {
    this.sending = true;
    if (this.client?.connected) this.fill(this.client);
  }

  get settled(): boolean {
    return this.unacknowledged.size === 0;
  }

  drop(): void {
    this.client?.end(true);
    this.client = undefined;
  }

  private fill(client: MqttClient): void {
    while (this.sending && this.client === client && this.unacknowledged.size < inFlight) {
      const seq = this.next++;
      this.unacknowledged.add(seq);
      this.publish(client, seq);
    }
  }

  private publish(client: MqttClient, seq: number): void {
    const now = Date.now();
    const frame = {
      v: 1,
      stream: 'live',
      sid: null,
      bid: this.btu,
      boot: 1,
      seq,
      tsDev: now,
      up: now % 1e9,
      tsSent: now,
      cq: 'NTP',
      hist: false,
      body: { signals: { 'hyd.oilTemp': { t: [0], values: [seq % 100] } } },
    };
    client.publish(deviceTopic(this.btu, 'live'), JSON.stringify(frame), { qos: 1 }, (error) => {
      if (error || this.client !== client) return;
      this.acknowledged.add(seq);
      this.unacknowledged.delete(seq);
      this.fill(client);
    });
  }
}

const folder = await mkdtemp(join(tmpdir(), 'quaywatch-puback-'));
await chmod(folder, 0o755);
const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
let failed = false;
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
  const adapters = await chooseAdapters(
    environment,
    'chaos',
    makeLogger('chaos', { level: 'warn', file: join(folder, 'chaos.log') }),
  );
  closers.push(() => adapters.close());
  await ensureInternalKeys(adapters.secrets);
  const urls = await prepareDatabase(postgres.url, ['ingest'], () => adapters.secrets, adapters.clock);
  const program = 'node_modules/.cache/quaywatch-tools/chaos-ingest.mjs';
  execFileSync(process.execPath, ['tools/build.mjs', '--file', 'tools/chaos/ingest-process.ts', program]);

  const start = (): Promise<{ child: ChildProcess; url: string; mqttPort: number }> =>
    new Promise((resolve, reject) => {
      const child = fork(program, {
        env: { ...process.env, ...environment, SERVICE_DATABASE_URL: urls.get('ingest') },
      });
      child.once('message', (message) => resolve({ child, ...(message as { url: string; mqttPort: number }) }));
      child.once('exit', (code) => reject(new Error(`ingest ended with ${code} before it was ready`)));
    });
  const until = async (check: () => boolean, what: string, limit = 60_000): Promise<void> => {
    for (const end = Date.now() + limit; !check();) {
      if (Date.now() > end) throw new Error(`${what}: not within ${limit / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  let running = await start();
  closers.push(async () => {
    running.child.kill('SIGTERM');
    await new Promise((resolve) =>
      running.child.exitCode === null ? running.child.once('exit', resolve) : resolve(undefined),
    );
  });
  const senders: Sender[] = [];
  for (let i = 0; i < deviceCount; i++) {
    const btu = `BTU-${String(i + 1).padStart(3, '0')}`;
    const device = join(folder, 'devices', btu);
    const csr = await signingRequest(device, btu);
    const peers = makePeers(new Map([['ingest', running.url]]), adapters.secrets);
    const response = await fetch(`${running.url}/v1/devices`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(await peers.headersFor(
          { kind: 'service', id: 'chaos', org: 'org_chaos', roles: [{ role: 'administrator', scope: 'organisation' }] },
          { requestId: 'req_chaos', address: null },
        )),
      },
      body: JSON.stringify({ btu, csr }),
    });
    if (!response.ok) throw new Error(`enrolment: ${response.status} ${await response.text()}`);
    const issued = (await response.json()) as { certificate: string; chain: string };
    await installCertificate(device, issued.certificate, issued.chain);
    senders.push(new Sender(btu, await readIdentity(device)));
  }
  const total = (): number => senders.reduce((sum, sender) => sum + sender.acknowledged.size, 0);

  const draw = random(Number(args.seed));
  for (const sender of senders) sender.connect(running.mqttPort);
  console.log(`${trials} trials, ${deviceCount} devices, ${inFlight} frames in flight each, log: ${args.log}`);
  for (let trial = 1; trial <= trials; trial++) {
    const before = total();
    await until(() => total() > before + 50, 'load');
    const delay = 50 + draw() * 800;
    await new Promise((resolve) => setTimeout(resolve, delay));
    const killedAt = total();
    const dead = new Promise((resolve) => running.child.once('exit', resolve));
    running.child.kill('SIGKILL');
    await dead;
    for (const sender of senders) sender.drop();
    const from = performance.now();
    running = await start();
    for (const sender of senders) sender.connect(running.mqttPort);
    await until(() => total() > killedAt, 'recovery');
    console.log(
      `  trial ${String(trial).padStart(2)}: killed after ${killedAt} PUBACKs, next PUBACK ${Math.round(performance.now() - from)} ms after the kill`,
    );
  }
  for (const sender of senders) sender.pause();
  await until(() => senders.every((sender) => sender.settled), 'settling');

  const stored = new Map<string, number>();
  const ends = await adapters.log.endOffsets('da.telemetry');
  let seen = 0;
  const goals = ends.map((end) => end);
  const reached = ends.map(() => 0);
  const handle = await adapters.log.subscribe({
    group: 'chaos-check',
    topics: ['da.telemetry'],
    startAt: () => Promise.resolve(0),
    onBatch: (batch) => {
      for (const record of batch.records) {
        seen++;
        const event = record.event as { id: string; type: string };
        if (event.type === 'samples-received') stored.set(event.id, (stored.get(event.id) ?? 0) + 1);
        reached[batch.partition] = record.offset + 1;
      }
      return Promise.resolve();
    },
  });
  await until(() => goals.every((goal, partition) => (reached[partition] ?? 0) >= goal), 'reading the log');
  await handle.stop();

  let lost = 0;
  let doubled = 0;
  for (const sender of senders) {
    for (const seq of sender.acknowledged) {
      const times = stored.get(`evt_${sender.btu}.1.live.${seq}`) ?? 0;
      if (times === 0) lost++;
    }
  }
  for (const times of stored.values()) if (times > 1) doubled += times - 1;
  console.log(
    `PUBACKed ${total()}, in the log ${stored.size} (of ${seen} events). Lost: ${lost}. Duplicated: ${doubled}.`,
  );
  failed = lost > 0 || doubled > 0;
  for (const sender of senders) sender.drop();
} catch (error) {
  console.error(error);
  failed = true;
} finally {
  for (const close of closers.reverse()) await close().catch((error: unknown) => console.error(error));
}
process.exit(failed ? 1 : 0);
