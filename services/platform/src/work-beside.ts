import type { ServiceName } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import {
  chooseAdapters,
  makeLogger,
  prepareDatabase,
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
  type Adapters,
} from '@quaywatch/runtime';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { defaultOrganisation } from './organisation';

/** The parts of a platform, for a tool that works beside it or while it is stopped. */
export interface PartsBeside {
  readonly adapters: Adapters;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** True when the platform itself runs. */
  readonly running: boolean;
  /** Connection of a service's own role. */
  urlOf(service: ServiceName): Promise<string>;
  close(): Promise<void>;
}

/** What a running platform tells its tools besides secrets. */
const told =
  /^(EVENT_LOG|KAFKA_\w+|LOG_PARTITIONS|OBJECT_STORE|OBJECT_DIR|S3_(ENDPOINT|REGION|BUCKET|ENCRYPTION|KMS_KEY|LOCK_\w+)|ARCHIVE_\w+|PUBLIC_URL)$/;

/** The variables that a tool beside the platform needs, without secrets; for `run.json`. */
export const toldEnvironment = (environment: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => told.test(entry[0]) && !!entry[1]),
  );

/**
 * Opens database, log and objects of the platform on `dataDir`: joins what runs, starts the embedded database itself when
 * nothing does. `DATABASE_URL` and the adapters' variables of the environment go before.
 */
export async function openBesidePlatform(dataDir: string, tool: string): Promise<PartsBeside> {
  const folder = resolve(dataDir);
  const closers: (() => Promise<void>)[] = [];
  let databaseUrl = process.env['DATABASE_URL'] ?? runningEmbeddedPostgres(join(folder, 'postgres'));
  const running = databaseUrl !== undefined;
  if (!databaseUrl) {
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
    closers.push(() => postgres.stop());
    databaseUrl = postgres.url;
  }
  const url = databaseUrl;
  try {
    const environment = {
      OBJECT_DIR: join(folder, 'objects'),
      SECRETS_DIR: join(folder, 'secrets'),
      ...(await runEnvironment(folder)),
      ...process.env,
      DATABASE_URL: url,
      ORGANISATION: defaultOrganisation,
      PUBLIC_URL: process.env['PUBLIC_URL'] ?? 'http://localhost:8080',
    };
    const logger = makeLogger(tool, { level: 'warn', file: join(folder, `${tool}.log`) });
    const adapters = await chooseAdapters(environment, tool, logger);
    closers.push(() => adapters.close());
    return {
      adapters,
      environment,
      running,
      urlOf: async (service) => {
        const urls = await prepareDatabase(url, [service], () => adapters.secrets, adapters.clock);
        const own = urls.get(service);
        if (!own) throw new Fault('NO_DATABASE', `${service} has no database`);
        return own;
      },
      close: async () => {
        for (const close of closers.splice(0).reverse()) await close();
      },
    };
  } catch (error) {
    for (const close of closers.splice(0).reverse()) await close();
    throw error;
  }
}

async function runEnvironment(dataDir: string): Promise<Record<string, string>> {
  try {
    const run = JSON.parse(await readFile(join(dataDir, 'run.json'), 'utf8')) as {
      environment?: Record<string, string>;
    };
    return run.environment ?? {};
  } catch {
    return {};
  }
}
