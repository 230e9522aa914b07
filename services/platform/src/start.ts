import type { ServiceName } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import {
  chooseAdapters,
  ensureInternalKeys,
  makeLogger,
  makePeers,
  openStore,
  prepareDatabase,
  startEmbeddedPostgres,
  startService,
  type Adapters,
  type Peers,
  type RunningService,
} from '@quaywatch/runtime';
import type { ViewStore } from '@quaywatch/ports';
import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { defaultOrganisation } from './organisation';
import { needPort, prepareFolder } from './preflight';
import type { Progress } from './progress';
import { definitions } from './services';
import { toldEnvironment } from './work-beside';

/** What `quaywatch start` may be told; everything has a default. */
export interface StartOptions {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly mqttPort: number;
  /** Enrolment of devices over TLS; off when absent. */
  readonly estPort?: number;
  /** Address people use; by default `http://localhost:<port>`. */
  readonly publicUrl?: string;
  readonly portalDir: string;
  /** Only these services; all by default. */
  readonly only?: readonly ServiceName[];
  /** Called with the store of each service before that service starts. */
  readonly beforeService?: (name: ServiceName, store: ViewStore) => Promise<void>;
  /** Added to the environment of every service. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The platform in one process. */
export interface RunningPlatform {
  readonly url: string;
  readonly mqttUrl: string;
  readonly adapters: Adapters;
  readonly peers: Peers;
  readonly services: ReadonlyMap<ServiceName, RunningService>;
  readonly stores: ReadonlyMap<ServiceName, ViewStore>;
  /** Stops in order: edge, services, log, database. */
  stop(): Promise<void>;
}

/** Starts everything in one process (the embedded default) and leaves nothing behind when it cannot. */
export async function startPlatform(options: StartOptions, progress: Progress): Promise<RunningPlatform> {
  const dataDir = resolve(options.dataDir);
  const closers: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    await prepareFolder(dataDir);
    await needPort(options.host, options.port, '--port');
    await needPort(options.host, options.mqttPort, '--mqtt-port');
    if (options.estPort !== undefined) await needPort(options.host, options.estPort, '--est-port');
    const chosen = definitions.filter((definition) => options.only?.includes(definition.name) ?? true);
    const edge = chosen.some((definition) => definition.name === 'gateway');
    if (edge && !existsSync(join(options.portalDir, 'index.html'))) {
      throw new Fault(
        'PORTAL_MISSING',
        `the portal is not built: there is no ${join(options.portalDir, 'index.html')}; run: npm run build`,
      );
    }

    const databaseUrl = options.environment.DATABASE_URL ?? (await embedded(dataDir, progress, closers));
    const publicUrl = options.publicUrl ?? `http://localhost:${options.port}`;
    const environment = {
      OBJECT_DIR: join(dataDir, 'objects'),
      SECRETS_DIR: join(dataDir, 'secrets'),
      ...options.environment,
      DATABASE_URL: databaseUrl,
      PUBLIC_URL: publicUrl,
      PORTAL_DIR: options.portalDir,
      ORGANISATION: defaultOrganisation,
      MQTT_HOST: options.host,
      MQTT_PORT: String(options.mqttPort),
      ...(options.estPort === undefined ? {} : { EST_PORT: String(options.estPort) }),
    };
    const logFile = join(dataDir, 'platform.log');
    const level = options.environment.LOG_LEVEL ?? 'info';
    const logger = makeLogger('platform', { level, file: logFile });

    const adapters = await chooseAdapters(environment, 'platform', logger);
    closers.push(() => adapters.close());
    const kind = options.environment.EVENT_LOG ?? 'postgres';
    const urls = await progress.step(`Event log (${kind}) and schemas`, async () => {
      await ensureInternalKeys(adapters.secrets);
      const withStore = chosen.filter((definition) => definition.store).map((definition) => definition.name);
      return prepareDatabase(databaseUrl, withStore, () => adapters.secrets, adapters.clock);
    });

    const services = new Map<ServiceName, RunningService>();
    const stores = new Map<ServiceName, ViewStore>();
    const serviceUrls = new Map<ServiceName, string>();
    const peers = makePeers(serviceUrls, adapters.secrets);
    for (const definition of chosen) {
      await progress.step(`Service ${definition.name}`, async () => {
        const own = makeLogger(definition.name, { level, file: logFile });
        const url = urls.get(definition.name);
        const store = url ? await openStore(definition, url, own) : undefined;
        if (store) {
          stores.set(definition.name, store);
          closers.push(() => store.close());
          await options.beforeService?.(definition.name, store);
        }
        const service = await startService(definition, {
          ...adapters,
          store,
          logger: own,
          peers,
          environment,
          // With a port for TLS, plain HTTP of the gateway stays on this machine.
          http:
            definition.name === 'gateway'
              ? { host: options.environment.HTTPS_PORT ? '127.0.0.1' : options.host, port: options.port }
              : { host: '127.0.0.1', port: 0 },
          // Of the others they are on their internal HTTP.
          ...(definition.name === 'gateway' ? { metrics: { host: '127.0.0.1', port: 0 } } : {}),
        });
        closers.push(() => service.stop());
        services.set(definition.name, service);
        serviceUrls.set(definition.name, service.url);
      });
    }
    if (edge)
      await describeRun(dataDir, {
        publicUrl,
        mqttPort: options.mqttPort,
        pid: process.pid,
        environment: toldEnvironment(environment),
        services: Object.fromEntries(serviceUrls),
        gatewayMetrics: services.get('gateway')?.metricsUrl,
      });
    return {
      url: publicUrl,
      mqttUrl: `mqtts://localhost:${options.mqttPort}`,
      adapters,
      peers,
      services,
      stores,
      stop,
    };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

async function embedded(dataDir: string, progress: Progress, closers: (() => Promise<void>)[]): Promise<string> {
  const postgres = await progress.step('PostgreSQL', () =>
    startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') }),
  );
  closers.push(() => postgres.stop());
  return postgres.url;
}

/** Where the parts answer, for the command line tool; only the owner may read it. */
async function describeRun(dataDir: string, run: object): Promise<void> {
  const file = join(dataDir, 'run.json');
  await writeFile(file, JSON.stringify(run, undefined, 2), { mode: 0o600 });
  await chmod(file, 0o600);
}
