import { ownerOf, routes, type Principal, type RouteId, type ServiceName } from '@quaywatch/contracts';
import { makeId } from '@quaywatch/kernel';
import type { Clock, EventLog, NotificationChannel, ViewStore } from '@quaywatch/ports';
import { testDatabase } from '@quaywatch/testing';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInternalKeys } from './http/internal-token';
import { makeLogger } from './logger';
import { makePeers, type Peers } from './peers';
import { chooseAdapters, openStore, prepareDatabase, type Adapters } from './run/choose-adapters';
import { startService, type RunningService } from './run/start-service';
import type { ServiceDefinition } from './service-definition';

/** What a test may put in place of the real parts. */
export interface TestServicesOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly log?: (real: EventLog) => EventLog;
  readonly channels?: Readonly<Record<string, NotificationChannel>>;
}

/** An administrator of organisation `org_test`. */
export const testAdministrator: Principal = {
  kind: 'user',
  id: 'usr_test',
  org: 'org_test',
  roles: [{ role: 'administrator', scope: 'organisation' }],
};

/** Services on a fresh real PostgreSQL database with the event log in it; only for tests. */
export class TestServices {
  readonly services = new Map<ServiceName, RunningService>();
  readonly stores = new Map<ServiceName, ViewStore>();
  private readonly urls = new Map<ServiceName, string>();
  private readonly closers: (() => Promise<unknown>)[] = [];
  peers!: Peers;

  private constructor(
    readonly adapters: Adapters,
    readonly log: EventLog,
    readonly folder: string,
    /** URL of the database's administrator. */
    readonly databaseUrl: string,
    private readonly options: TestServicesOptions,
  ) {}

  /** Starts the services in the given order. `stop` takes everything away again. */
  static async start(
    definitions: readonly ServiceDefinition[],
    options: TestServicesOptions = {},
  ): Promise<TestServices> {
    const folder = await mkdtemp(join(tmpdir(), 'quaywatch-test-'));
    await chmod(folder, 0o755);
    const database = await testDatabase();
    const environment = {
      DATABASE_URL: database.url,
      OBJECT_DIR: join(folder, 'objects'),
      SECRETS_DIR: join(folder, 'secrets'),
      ALLOW_PRIVATE_WEBHOOKS: 'true',
      ...options.environment,
    };
    const adapters = await chooseAdapters(
      environment,
      'test',
      makeLogger('test', { level: 'warn', file: join(folder, 'log') }),
    );
    const tests = new TestServices(adapters, options.log?.(adapters.log) ?? adapters.log, folder, database.url, {
      ...options,
      environment,
    });
    tests.closers.push(
      () => rm(folder, { recursive: true, force: true }),
      () => database.drop(),
      () => adapters.close(),
    );
    try {
      await ensureInternalKeys(adapters.secrets);
      tests.peers = makePeers(tests.urls, adapters.secrets);
      const stored = definitions.filter((definition) => definition.store).map((definition) => definition.name);
      const databases = await prepareDatabase(database.url, stored, () => adapters.secrets, adapters.clock);
      for (const definition of definitions) {
        const own = databases.get(definition.name);
        if (own) await tests.open(definition, own);
        await tests.startOne(definition);
      }
      return tests;
    } catch (error) {
      await tests.stop();
      throw error;
    }
  }

  /** Starts (again) one service on its open store. */
  async startOne(definition: ServiceDefinition): Promise<RunningService> {
    const service = await startService(definition, {
      ...this.adapters,
      log: this.log,
      clock: this.options.clock ?? this.adapters.clock,
      channels: this.options.channels ?? this.adapters.channels,
      store: this.stores.get(definition.name),
      logger: makeLogger(definition.name, { level: 'info', file: join(this.folder, 'log') }),
      peers: this.peers,
      environment: this.options.environment ?? {},
      http: { host: '127.0.0.1', port: 0 },
    });
    this.services.set(definition.name, service);
    this.urls.set(definition.name, service.url);
    return service;
  }

  /** Stops one service; its store stays open. */
  async stopOne(name: ServiceName): Promise<void> {
    await this.services.get(name)?.stop();
    this.services.delete(name);
  }

  /** The store of a service that was started. */
  store(name: ServiceName): ViewStore {
    const store = this.stores.get(name);
    if (!store) throw new Error(`${name} has no open store`);
    return store;
  }

  /** Calls an API operation at its owner with a signed internal token. The answer as it came: status and JSON. */
  async call<T = unknown>(
    id: RouteId,
    request: {
      params?: Record<string, string>;
      query?: Record<string, string>;
      body?: unknown;
      principal?: Principal | null;
      headers?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<{ status: number; body: T; headers: Headers }> {
    const route = routes[id];
    const { clock } = this.adapters;
    const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(request.params?.[name] ?? ''),
    );
    const query = request.query ? `?${new URLSearchParams(request.query).toString()}` : '';
    const principal = request.principal === undefined ? testAdministrator : request.principal;
    const call = { requestId: makeId('request', clock.now(), clock.random(10)), address: '192.0.2.1' };
    const owner = ownerOf(route, request.params ?? {}) ?? route.service;
    const response = await fetch(`${this.peers.urlOf(owner)}${path}${query}`, {
      method: route.method,
      headers: {
        ...(await this.peers.headersFor(principal, call)),
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...request.headers,
      },
      body: request.body === undefined ? undefined : JSON.stringify(request.body),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T, headers: response.headers };
  }

  /** Waits, bounded, until `check` gives something other than undefined or false; throws its last error or a time-out. */
  async until<T>(check: () => Promise<T | undefined | false>, limit = 50_000): Promise<T> {
    const end = Date.now() + limit;
    for (;;) {
      let failure: unknown;
      try {
        const value = await check();
        if (value !== undefined && value !== false) return value;
      } catch (error) {
        failure = error;
      }
      if (Date.now() > end) throw failure ?? new Error(`not so after ${limit} ms`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  async stop(): Promise<void> {
    for (const name of [...this.services.keys()].reverse()) await this.stopOne(name);
    for (const store of this.stores.values()) await store.close();
    for (const close of this.closers.splice(0).reverse()) await close();
  }

  private async open(definition: ServiceDefinition, url: string): Promise<void> {
    const logger = makeLogger(definition.name, { level: 'warn', file: join(this.folder, 'log') });
    this.stores.set(definition.name, await openStore(definition, url, logger));
  }
}
