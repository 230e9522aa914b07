import { freePort } from '@quaywatch/adapters';
import type { ServiceName, Topic } from '@quaywatch/contracts';
import {
  chooseAdapters,
  ensureInternalKeys,
  makeLogger,
  makePeers,
  noteSentBefore,
  openStore,
  prepareDatabase,
  startEmbeddedPostgres,
  type Adapters,
} from '@quaywatch/runtime';
import { fork, type ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { Browser } from '../../services/gateway/test/browser';
import { build, stop } from '../ingest-rig/child';
import { until } from '../ingest-rig/until';
import { definitions } from './service-definitions';

/** Services that keep data and whose process is killed; ingest has a tool of its own. */
export const storedServices = ['fleet', 'user-access', 'audit-log', 'alerting', 'condition-analysis'] as const;
/** All whose process is killed. */
export const killedServices = [...storedServices, 'gateway'] as const;
/** One of them. */
export type KilledService = (typeof killedServices)[number];

const org = 'org_chaos';
const account = { email: 'chaos@example.com', password: 'seven cranes at the quay' };

interface TokenAnswer {
  readonly access_token: string;
  readonly expires_in: number;
}

/** A copy of a service's tables. */
export interface Backup {
  /** Puts every table back; the service must not run. */
  restore(): Promise<void>;
}

/** A real log and database under services that are processes of their own. */
export class ServiceRig {
  private readonly children = new Map<KilledService, ChildProcess>();
  private readonly ports = new Map<KilledService, number>();
  private readonly closers: (() => Promise<unknown>)[] = [];
  private urls!: ReadonlyMap<ServiceName, string>;
  private program!: string;
  environment!: Record<string, string>;
  adapters!: Adapters;
  /** As the administrator of the database. */
  admin!: Client;

  private constructor(readonly folder: string) {}

  static async open(folder: string, log: 'postgres' | 'kafka'): Promise<ServiceRig> {
    const rig = new ServiceRig(folder);
    try {
      await rig.start(log);
      return rig;
    } catch (error) {
      await rig.close();
      throw error;
    }
  }

  /** Starts a service and waits until it answers. */
  async startService(name: KilledService): Promise<void> {
    const peers = [...this.ports].map(([peer, port]) => [
      `${peer.replaceAll('-', '_').toUpperCase()}_URL`,
      `http://127.0.0.1:${port}`,
    ]);
    const env = {
      ...process.env,
      ...this.environment,
      ...Object.fromEntries(peers),
      DATABASE_URL: this.urls.get(name as ServiceName) ?? this.environment['DATABASE_URL'],
      CHAOS_SERVICE: name,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(this.ports.get(name)),
      LOG_LEVEL: 'error',
    };
    const child = fork(this.program, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.children.set(name, child);
    const answers = (): Promise<boolean> =>
      fetch(`${this.urlOf(name)}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
        return answers();
      },
      `${name} answers`,
      120_000,
    );
  }

  async kill(name: KilledService): Promise<void> {
    const child = this.children.get(name);
    if (child) await stop(child, 'SIGKILL');
  }

  urlOf(name: KilledService): string {
    return `http://127.0.0.1:${this.ports.get(name)}`;
  }

  /** Connection of a service's own role. */
  roleUrl(name: ServiceName): string {
    return this.urls.get(name) as string;
  }

  /** A program that comes through the gateway as an administrator; gives its headers, undefined while it gets no token. */
  async signIn(): Promise<() => Promise<Readonly<Record<string, string>> | undefined>> {
    const base = this.urlOf('gateway');
    const made = await fetch(`${this.urlOf('user-access')}/internal/set-up-link`, {
      method: 'POST',
      headers: { ...(await this.headers('platform')), 'content-type': 'application/json' },
      body: JSON.stringify({ org }),
    });
    const { link } = (await made.json()) as { link: string };
    const browser = new Browser(base);
    const form = await browser.form(new URL(link).pathname, { name: 'Chaos', ...account });
    await browser.form(new URL(form.url).pathname, account);
    const program = { name: 'chaos', roles: [{ role: 'administrator', scope: 'organisation' }] };
    const client = JSON.parse((await browser.json('POST', '/v1/api-clients', program)).text) as {
      id: string;
      client_secret: string;
    };
    const basic = Buffer.from(`${client.id}:${client.client_secret}`).toString('base64');
    let token: { bearer: string; until: number } | undefined;
    return async () => {
      if (!token || token.until < Date.now()) {
        const answer = await fetch(`${base}/oidc/token`, {
          method: 'POST',
          headers: { authorization: `Basic ${basic}` },
          body: new URLSearchParams({ grant_type: 'client_credentials' }),
        }).then(
          async (response) => (response.ok ? ((await response.json()) as TokenAnswer) : undefined),
          () => undefined,
        );
        if (!answer) return undefined;
        token = { bearer: answer.access_token, until: Date.now() + answer.expires_in * 500 };
      }
      return { authorization: `Bearer ${token.bearer}` };
    };
  }

  /** Waits until every consumer of a service stands where the log ended at the call; gives how long it took, ms. */
  async untilLevel(name: KilledService, limit = 300_000): Promise<number> {
    // It keeps nothing and reads only what is new.
    if (name === 'gateway') return 0;
    const began = performance.now();
    const ends = new Map<string, readonly number[]>();
    await until(
      async () => {
        const { rows } = await this.admin.query<{ topic: Topic; partition: number; next: string }>(
          `select topic, partition, next from ${schemaOf(name)}.consumer_position`,
        );
        for (const { topic } of rows) if (!ends.has(topic)) ends.set(topic, await this.adapters.log.endOffsets(topic));
        return (
          rows.length > 0 && rows.every(({ topic, partition, next }) => Number(next) >= ends.get(topic)![partition]!)
        );
      },
      `${name} level with the log`,
      limit,
    );
    return performance.now() - began;
  }

  /** Copies every table of a service, as of one moment. */
  async backUp(name: KilledService): Promise<Backup> {
    const schema = schemaOf(name);
    const { rows } = await this.admin.query<{ tablename: string }>(
      'select tablename from pg_tables where schemaname = $1 order by 1',
      [schema],
    );
    await this.admin.query('create schema if not exists backup');
    await this.admin.query('begin isolation level repeatable read');
    for (const { tablename } of rows)
      await this.admin.query(`create table backup."${tablename}" as table ${schema}."${tablename}"`);
    await this.admin.query('commit');
    return {
      restore: async () => {
        // As a restore does: triggers and foreign keys are not asked.
        await this.admin.query(`begin; set local session_replication_role = replica`);
        for (const { tablename } of rows) {
          await this.admin.query(`delete from ${schema}."${tablename}"`);
          await this.admin.query(
            `insert into ${schema}."${tablename}" overriding system value table backup."${tablename}"`,
          );
        }
        await this.admin.query('commit');
        // As the operator does: `quaywatch restored`.
        const definition = definitions.find((one) => one.name === name)!;
        const logger = makeLogger(name, { level: 'warn', file: join(this.folder, 'restored.log') });
        const store = await openStore(definition, this.roleUrl(name as ServiceName), logger);
        await noteSentBefore(name, store, this.adapters.log).finally(() => store.close());
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.children.values()].map((child) => stop(child, 'SIGKILL')));
    for (const close of this.closers.splice(0).reverse()) await close().catch((error: unknown) => console.error(error));
  }

  private async start(log: 'postgres' | 'kafka'): Promise<void> {
    const postgres = await startEmbeddedPostgres({ dataDir: join(this.folder, 'postgres') });
    this.closers.push(() => postgres.stop());
    this.environment = {
      DATABASE_URL: postgres.url,
      SECRETS_DIR: join(this.folder, 'secrets'),
      OBJECT_DIR: join(this.folder, 'objects'),
      ORGANISATION: org,
      SECOND_FACTOR: 'off',
      RATE_ADDRESS: '10000000',
      RATE_CALLER: '10000000',
      RATE_ORGANISATION: '10000000',
    };
    if (log === 'kafka') {
      const module = pathToFileURL(resolve('deploy/kafka/local/start-kafka.mjs')).href;
      const { startKafka } = (await import(module)) as typeof import('../../deploy/kafka/local/start-kafka.mjs');
      const kafka = await startKafka({ dataDir: join(this.folder, 'kafka') });
      this.closers.push(() => kafka.stop());
      Object.assign(this.environment, { EVENT_LOG: 'kafka', KAFKA_BROKERS: kafka.brokers.join(',') });
    }
    this.adapters = await chooseAdapters(
      this.environment,
      'chaos',
      makeLogger('chaos', { level: 'warn', file: join(this.folder, 'log') }),
    );
    this.closers.push(() => this.adapters.close());
    await ensureInternalKeys(this.adapters.secrets);
    const { secrets, clock } = this.adapters;
    this.urls = await prepareDatabase(postgres.url, storedServices, () => secrets, clock);
    this.admin = new Client({ connectionString: postgres.url });
    await this.admin.connect();
    this.closers.push(() => this.admin.end());
    for (const name of killedServices) this.ports.set(name, await freePort());
    this.environment['PUBLIC_URL'] = this.urlOf('gateway');
    // A tool that is stopped in the middle leaves no service behind.
    process.once('exit', () => this.children.forEach((child) => child.kill('SIGKILL')));
    this.program = build('tools/chaos/service-process.ts', `chaos-service-${process.pid}`);
    this.closers.push(() => rm(this.program, { force: true }));
  }

  private headers(id: string): Promise<Readonly<Record<string, string>>> {
    const peers = makePeers(new Map(), this.adapters.secrets);
    return peers.headersFor({ kind: 'service', id, org, roles: [] }, { requestId: 'req_chaos', address: null });
  }
}

const schemaOf = (name: string): string => name.replaceAll('-', '_');
