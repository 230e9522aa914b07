// What bench:ingest and chaos:ingest stand on: a real log, a database, ingest as a process of its own, enrolled devices.
import { freshRequest, installCertificate, signingRequest, type Identity } from '@quaywatch/services/btu';
import {
  chooseAdapters,
  ensureInternalKeys,
  makeLogger,
  makePeers,
  prepareDatabase,
  startEmbeddedPostgres,
} from '@quaywatch/runtime';
import { fork, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, childrenOf, cpuMilliseconds, ready, stop } from './child';

/** Where ingest keeps what devices send. */
export type LogKind = 'postgres' | 'kafka';

/** A running ingest process. */
export interface RunningIngest {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Its internal HTTP port. */
  readonly url: string;
  readonly mqttPort: number;
}

const principal = {
  kind: 'service',
  id: 'rig',
  org: 'org_rig',
  roles: [{ role: 'administrator', scope: 'organisation' }],
} as const;

type Adapters = Awaited<ReturnType<typeof chooseAdapters>>;

/** Real parts under a tool that loads or breaks ingest; everything is gone after `close`. */
export class IngestRig {
  private readonly closers: (() => Promise<unknown>)[] = [];
  private program!: string;
  private environment!: Record<string, string>;
  private postgres!: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
  private kafka: { readonly pid: number; stop(): Promise<void>; restart(): Promise<void> } | undefined;
  adapters!: Adapters;
  /** Database of ingest's own views, under its own login. */
  viewsUrl!: string;

  private constructor(
    readonly kind: LogKind,
    readonly folder: string,
  ) {
    this.closers.push(() => rm(folder, { recursive: true, force: true }));
  }

  static async open(kind: LogKind, settings: Readonly<Record<string, string>> = {}): Promise<IngestRig> {
    const folder = await mkdtemp(join(tmpdir(), 'quaywatch-rig-'));
    await chmod(folder, 0o755);
    const rig = new IngestRig(kind, folder);
    try {
      await rig.start(settings);
      return rig;
    } catch (error) {
      await rig.close();
      throw error;
    }
  }

  /** Starts ingest; `arguments_` are node's own. */
  async startIngest(arguments_: readonly string[] = []): Promise<RunningIngest> {
    const env = { ...process.env, ...this.environment, SERVICE_DATABASE_URL: this.viewsUrl };
    const child = fork(this.program, { env, execArgv: ['--enable-source-maps', ...arguments_] });
    this.closers.push(() => stop(child));
    return { child, pid: child.pid as number, ...(await ready<{ url: string; mqttPort: number }>(child)) };
  }

  /** Enrols devices of these serials, 32 at a time; their keys are in memory only. */
  async enrol(running: RunningIngest, serials: readonly string[]): Promise<Identity[]> {
    const identities: Identity[] = [];
    let next = 0;
    const one = async (): Promise<void> => {
      while (next < serials.length) {
        const i = next++;
        const btu = serials[i] as string;
        const { key, csr } = await freshRequest(btu);
        const { certificate, chain } = await this.certify(running, btu, csr);
        identities[i] = { key, certificate, ca: chain };
      }
    };
    await Promise.all(Array.from({ length: 32 }, one));
    return identities;
  }

  /** Enrols a device that keeps its key and certificate on disk; gives its folder. */
  async enrolOnDisk(running: RunningIngest, btu: string): Promise<string> {
    const folder = join(this.folder, 'devices', btu);
    const { certificate, chain } = await this.certify(running, btu, await signingRequest(folder, btu));
    await installCertificate(folder, certificate, chain);
    return folder;
  }

  private certify(running: RunningIngest, btu: string, csr: string): Promise<{ certificate: string; chain: string }> {
    return this.call(running, '/v1/devices', { btu, csr });
  }

  /** Certificates of the CAs that sign the rig's devices, PEM. */
  async deviceAuthorities(running: RunningIngest): Promise<string> {
    const { data } = await this.call<{ data: { certificate: string }[] }>(running, '/v1/authorities');
    return data.map(({ certificate }) => certificate).join('\n');
  }

  /** CPU that the processes of the log (and of the views, where that is PostgreSQL) have used so far, ms. */
  logCpu(): number {
    let sum = 0;
    for (const parent of this.kafka ? [this.kafka.pid, this.postgres.pid] : [this.postgres.pid])
      for (const pid of [parent, ...childrenOf(parent)]) sum += cpuMilliseconds(pid);
    return sum;
  }

  /** Takes the log away: the broker of Kafka, or PostgreSQL as a whole. */
  async stopLog(): Promise<void> {
    await (this.kafka ?? this.postgres).stop();
  }

  /** Gives it back, on the same port with the same data. */
  async restartLog(): Promise<void> {
    if (this.kafka) return this.kafka.restart();
    const { port } = new URL(this.postgres.url);
    this.postgres = await startEmbeddedPostgres({ dataDir: join(this.folder, 'postgres'), port: Number(port) });
  }

  /** Stops everything that was started and removes its data. */
  async close(): Promise<void> {
    for (const close of this.closers.splice(0).reverse()) await close().catch((error: unknown) => console.error(error));
  }

  private async start(settings: Readonly<Record<string, string>>): Promise<void> {
    this.postgres = await startEmbeddedPostgres({ dataDir: join(this.folder, 'postgres') });
    this.closers.push(() => this.postgres.stop());
    const { url } = this.postgres;
    this.environment = {
      DATABASE_URL: url,
      SECRETS_DIR: join(this.folder, 'secrets'),
      OBJECT_DIR: join(this.folder, 'objects'),
      MQTT_HOST: '127.0.0.1',
      MQTT_PORT: '0',
      LOG_FILE: join(this.folder, 'ingest.log'),
      ...settings,
    };
    if (this.kind === 'kafka') {
      const module = pathToFileURL(resolve('deploy/kafka/local/start-kafka.mjs')).href;
      const { startKafka } = (await import(module)) as typeof import('../../deploy/kafka/local/start-kafka.mjs');
      const kafka = await startKafka({ dataDir: join(this.folder, 'kafka') });
      this.kafka = kafka;
      this.closers.push(() => kafka.stop());
      Object.assign(this.environment, { EVENT_LOG: 'kafka', KAFKA_BROKERS: kafka.brokers.join(',') });
    }
    const logger = makeLogger('rig', { level: 'warn', file: join(this.folder, 'rig.log') });
    this.adapters = await chooseAdapters(this.environment, 'rig', logger);
    this.closers.push(() => this.adapters.close());
    await ensureInternalKeys(this.adapters.secrets);
    const urls = await prepareDatabase(url, ['ingest'], () => this.adapters.secrets, this.adapters.clock);
    this.viewsUrl = urls.get('ingest') as string;
    // Of this run alone: another that starts meanwhile must not change it under this one.
    this.program = build('tools/ingest-rig/ingest-process.ts', `rig-ingest-${process.pid}`);
    this.closers.push(() => rm(this.program, { force: true }));
  }

  /** Asks ingest by its internal HTTP: GET, or POST with a body. */
  async call<T>(running: RunningIngest, path: string, body?: object): Promise<T> {
    const peers = makePeers(new Map([['ingest', running.url]]), this.adapters.secrets);
    const headers = await peers.headersFor(principal as never, { requestId: 'req_rig', address: null });
    const response = await fetch(`${running.url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}
