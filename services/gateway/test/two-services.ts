import { freePort } from '@quaywatch/adapters';
import {
  serviceNames,
  type AuditEntry,
  type EventEnvelope,
  type Principal,
  type ServiceName,
  type Topic,
} from '@quaywatch/contracts';
import type { Clock, EventLog, ViewStore } from '@quaywatch/ports';
import {
  callService,
  chooseAdapters,
  ensureInternalKeys,
  InternalTls,
  issueInternalCertificates,
  makeLogger,
  makePeers,
  openStore,
  prepareDatabase,
  startService,
  textOf,
  verifyInternal,
  type Adapters,
  type Logger,
  type Peers,
  type RunningService,
} from '@quaywatch/runtime';
import { gateway } from '@quaywatch/services/gateway';
import { userAccess } from '@quaywatch/services/user-access';
import { testDatabase } from '@quaywatch/testing';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser } from './browser';

/** What stand-ins send when they are asked for downloads. */
export const download = Buffer.alloc(24 * 2 ** 20, 'quaywatch');

/** What a call to a stand-in for another service looked like. */
export interface Forwarded {
  readonly method: string;
  readonly url: string;
  readonly principal: Principal | null;
  readonly address: string | null;
  readonly body: string;
}

/** gateway and user-access on a real PostgreSQL, with stand-ins for the other services that answer with what they were asked. */
export class TwoServices {
  offset = 0;
  private tls: InternalTls | undefined;
  private more: Record<string, string> = {};
  /** How the stand-ins behave; tests set it. */
  behaviour: 'answer' | 'silent' | 'download' = 'answer';
  private readonly closers: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly url: string,
    /** Where the gateway listens. */
    readonly via: string,
    readonly adapters: Adapters,
    readonly peers: Peers,
    readonly folder: string,
    private readonly urls: Map<ServiceName, string>,
  ) {}

  gateway!: RunningService;
  userAccess!: RunningService;
  store!: ViewStore;

  /** `publicUrl`: what people are told (`{port}` = where the gateway listens); by default where the gateway listens. */
  static async start(
    publicUrl?: string,
    more: Record<string, string> = {},
    /** Whether they talk mutual TLS; then the stand-ins are out of reach. */
    secure = false,
  ): Promise<TwoServices> {
    const folder = await mkdtemp(join(tmpdir(), 'quaywatch-access-'));
    const database = await testDatabase();
    const environment = {
      DATABASE_URL: database.url,
      OBJECT_DIR: join(folder, 'objects'),
      SECRETS_DIR: join(folder, 'secrets'),
      LOG_PARTITIONS: '4',
      ...more,
    };
    const logger = makeLogger('test', { level: 'warn', file: join(folder, 'log') });
    const adapters = await chooseAdapters(environment, 'test', logger);
    await ensureInternalKeys(adapters.secrets);
    const tls = secure ? await insideTls(folder, adapters.clock, logger) : undefined;
    const urls = new Map<ServiceName, string>();
    const port = await freePort();
    const here = `http://127.0.0.1:${port}`;
    const two = new TwoServices(
      publicUrl?.replace('{port}', String(port)) ?? here,
      here,
      adapters,
      makePeers(urls, adapters.secrets, tls?.agent),
      folder,
      urls,
    );
    two.closers.push(
      () => rm(folder, { recursive: true, force: true }),
      () => database.drop(),
      () => adapters.close(),
    );
    two.more = more;
    two.tls = tls;
    if (tls) two.closers.push(async () => tls.close());
    await writePortal(join(folder, 'portal'));
    const standIn = await two.standIn();
    for (const name of serviceNames) if (name !== 'user-access' && name !== 'gateway') urls.set(name, standIn);
    const databases = await prepareDatabase(database.url, ['user-access'], () => adapters.secrets, adapters.clock);
    const own = databases.get('user-access');
    if (!own) throw new Error('no database for user-access');
    const storeLog = makeLogger('user-access', { level: 'warn', file: join(folder, 'log') });
    two.store = await openStore(userAccess as never, own, storeLog);
    two.closers.push(() => two.store.close());
    await two.startUserAccess();
    await two.startGateway(port);
    return two;
  }

  /** Time can be put forward by `offset`. */
  private get clock(): Clock {
    const { clock } = this.adapters;
    return {
      now: () => clock.now() + this.offset,
      after: (delay, work) => clock.after(delay, work),
      random: (bytes) => clock.random(bytes),
    };
  }

  /** Lets the gateway find user-access at another address, such as that of something that fails in between. */
  userAccessAt(url: string): void {
    this.urls.set('user-access', url);
  }

  async startUserAccess(): Promise<void> {
    this.userAccess = await this.startOne(userAccess as never, 0, this.store);
    const { url } = this.userAccess;
    this.urls.set('user-access', this.tls ? url.replace('127.0.0.1', 'localhost') : url);
  }

  async startGateway(
    port = Number(new URL(this.url).port),
    environment: Record<string, string> = {},
  ): Promise<RunningService> {
    this.gateway = await this.startOne(gateway as never, port, undefined, environment);
    return this.gateway;
  }

  /** Another gateway beside the first; the caller stops it. */
  startAnotherGateway(host: string, environment: Record<string, string> = {}): Promise<RunningService> {
    return this.startOne(gateway as never, 0, undefined, environment, host);
  }

  private startOne(
    definition: never,
    port: number,
    store: ViewStore | undefined,
    environment: Record<string, string> = {},
    host = '127.0.0.1',
  ): Promise<RunningService> {
    return startService(definition, {
      ...this.adapters,
      store,
      clock: this.clock,
      logger: makeLogger((definition as { name: string }).name, { level: 'debug', file: join(this.folder, 'log') }),
      peers: this.peers,
      environment: {
        PUBLIC_URL: this.url,
        PORTAL_DIR: join(this.folder, 'portal'),
        SECOND_FACTOR: 'off',
        RATE_ADDRESS: '100000',
        ...this.more,
        ...environment,
      },
      http: { host, port },
      ...(this.tls && store ? { tls: this.tls, health: { host: '127.0.0.1', port: 0 } } : {}),
      ...(store ? {} : { metrics: { host: '127.0.0.1', port: 0 } }),
    });
  }

  /** `via` and `send`: by which way its requests really go. */
  browser(via = this.via, send?: typeof fetch): Browser {
    return new Browser(this.url, via, send);
  }

  get log(): EventLog {
    return this.adapters.log;
  }

  /** Calls an internal endpoint of user-access as a service. */
  async internal(method: string, path: string, principal: Principal | null, body?: unknown): Promise<Response> {
    const answer = await callService(`${this.peers.urlOf('user-access')}${path}`, {
      method,
      headers: {
        ...(await this.peers.headersFor(principal, { requestId: 'req_test', address: '192.0.2.7' })),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      agent: this.peers.agent,
      repeatable: false,
    });
    return new Response((await textOf(answer)) || null, {
      status: answer.statusCode ?? 500,
      headers: answer.headers as Record<string, string>,
    });
  }

  /** The path of a fresh set-up link. */
  async setUpPath(org = 'org_main'): Promise<string | null> {
    const response = await this.internal('POST', '/internal/set-up-link', platform(org), { org });
    if (response.status !== 200) throw new Error(`set-up link: ${response.status} ${await response.text()}`);
    const { link } = (await response.json()) as { link: string | null };
    return link && new URL(link).pathname;
  }

  /** Everything on a topic so far. */
  async read(topic: Topic): Promise<EventEnvelope[]> {
    const ends = await this.log.endOffsets(topic);
    const found: EventEnvelope[] = [];
    let left = ends.reduce((sum, end) => sum + end, 0);
    if (left === 0) return [];
    await new Promise<void>((resolve, reject) => {
      void this.log
        .subscribe({
          group: `test-${Math.random()}`,
          topics: [topic],
          startAt: async () => 0,
          onBatch: async (batch) => {
            for (const record of batch.records) {
              if (record.offset >= (ends[batch.partition] ?? 0)) continue;
              found.push(record.event as EventEnvelope);
              left--;
            }
            if (left <= 0) resolve();
          },
        })
        .then((handle) => this.closers.push(() => handle.stop()), reject);
    });
    return found;
  }

  /** Waits until the audit trail has an entry that fits; says what it has when it never comes. */
  async audited(fits: (entry: AuditEntry) => boolean): Promise<AuditEntry> {
    const until = Date.now() + 8000;
    for (;;) {
      const entries = (await this.read('audit')).map((event) => event.data as AuditEntry);
      const entry = entries.find(fits);
      if (entry) return entry;
      if (Date.now() > until) throw new Error(`not in the audit trail: ${JSON.stringify(entries.slice(-20))}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** What the services have logged. */
  logged(): Promise<string> {
    return readFile(join(this.folder, 'log'), 'utf8').catch(() => '');
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.userAccess.stop();
    for (const close of this.closers.splice(0).reverse()) await close();
  }

  private async standIn(): Promise<string> {
    const server = createServer((req, res) => {
      void (async () => {
        if (this.behaviour === 'silent') return;
        if (this.behaviour === 'download')
          return void res.writeHead(200, { 'content-type': 'application/octet-stream' }).end(download);
        const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1] ?? '';
        const call = await verifyInternal(this.adapters.secrets, token);
        const parts: Buffer[] = [];
        for await (const part of req) parts.push(part as Buffer);
        const seen: Forwarded = {
          method: req.method ?? '',
          url: req.url ?? '',
          principal: call.principal,
          address: call.address,
          body: Buffer.concat(parts).toString(),
        };
        res
          .writeHead(200, { 'content-type': 'application/json', 'set-cookie': 'inside=1', 'x-inside': 'secret' })
          .end(JSON.stringify(seen));
      })().catch((error: unknown) => res.writeHead(500).end(String(error)));
    });
    await listen(server, 0);
    this.closers.push(() => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
}

/** The platform as it calls user-access. */
export const platform = (org: string): Principal => ({
  kind: 'service',
  id: 'platform',
  org,
  roles: [{ role: 'administrator', scope: 'organisation' }],
});

/** One certificate for both, under the name `localhost`. */
async function insideTls(folder: string, clock: Clock, logger: Logger): Promise<InternalTls> {
  const { authority, certificates } = await issueInternalCertificates({ all: ['localhost'] }, Date.now());
  const files = {
    certificate: join(folder, 'inside.crt'),
    key: join(folder, 'inside.key'),
    authorities: join(folder, 'inside.ca'),
  };
  await writeFile(files.certificate, certificates.all.cert);
  await writeFile(files.key, certificates.all.key);
  await writeFile(files.authorities, authority);
  return InternalTls.open(files, clock, logger);
}

async function writePortal(folder: string): Promise<void> {
  await mkdir(join(folder, 'assets'), { recursive: true });
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>portal</title>');
  await writeFile(join(folder, 'assets', 'index-4f2a.js'), 'export {};');
  await writeFile(join(folder, 'robots.txt'), 'User-agent: *');
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
