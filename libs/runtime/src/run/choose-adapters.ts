import {
  fileSecretStore,
  filesystemObjectStore,
  kafkaEventLog,
  migrateEventLog,
  postgresEventLog,
  postgresViewStore,
  prepareService,
  s3ObjectStore,
  systemClock,
  webhookChannel,
} from '@quaywatch/adapters';
import { defaultPartitions, type ServiceName } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { Clock, EventLog, NotificationChannel, ObjectStore, SecretStore, ViewStore } from '@quaywatch/ports';
import { z } from 'zod';
import { flag, readConfig } from '../config';
import type { Logger } from '../logger';
import { kafkaConfig, kafkaOptions } from './kafka-settings';
import type { ServiceDefinition } from '../service-definition';

/** Which technology stands behind the ports: the one place where it is chosen. Keys are environment variables. */
export const adapterConfig = z.object({
  EVENT_LOG: z.enum(['postgres', 'kafka']).default('postgres').describe('Where the event log lives.'),
  ...kafkaConfig,
  LOG_PARTITIONS: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(defaultPartitions)
    .describe('Partitions of each topic; cannot be changed later.'),
  DATABASE_URL: z
    .string()
    .optional()
    .describe("PostgreSQL: in a container the service's own role, on one machine an administrator; absent = embedded."),
  OBJECT_STORE: z.enum(['filesystem', 's3']).default('filesystem').describe('Where objects are kept.'),
  OBJECT_DIR: z.string().optional().describe('Folder of objects; needed for OBJECT_STORE=filesystem.'),
  S3_ENDPOINT: z.string().optional().describe('URL of the S3 server; needed for OBJECT_STORE=s3.'),
  S3_REGION: z.string().default('us-east-1').describe('Region that requests are signed for.'),
  S3_BUCKET: z.string().default('quaywatch').describe('Bucket of all objects.'),
  SECRETS_DIR: z.string().optional().describe('Folder with one file per secret.'),
  SECRETS_WRITABLE: flag.default(true).describe('False where secrets are mounted and may not be made by us.'),
  ALLOW_PRIVATE_WEBHOOKS: flag
    .default(false)
    .describe('Lets webhooks go to loopback and private addresses; for trials on one machine only.'),
});

/** The adapters of one process. */
export interface Adapters {
  readonly log: EventLog;
  readonly objects: ObjectStore;
  readonly secrets: SecretStore;
  readonly channels: Readonly<Record<string, NotificationChannel>>;
  readonly clock: Clock;
  close(): Promise<void>;
}

/** Builds the adapters that the environment asks for. Throws Fault `CONFIG_INVALID` when something is missing for them. */
export async function chooseAdapters(
  environment: Readonly<Record<string, string | undefined>>,
  clientId: string,
  logger: Logger,
): Promise<Adapters> {
  const config = readConfig(adapterConfig, environment);
  const secrets = openSecrets(need(config.SECRETS_DIR, 'SECRETS_DIR'), config.SECRETS_WRITABLE);
  const kafka = config.EVENT_LOG === 'kafka' ? await kafkaOptions(config, secrets, logger) : undefined;
  const log = kafka
    ? kafkaEventLog({ ...kafka.options, clientId, partitions: config.LOG_PARTITIONS, logger })
    : postgresEventLog({ url: need(config.DATABASE_URL, 'DATABASE_URL'), partitions: config.LOG_PARTITIONS, logger });
  const objects =
    config.OBJECT_STORE === 's3'
      ? s3ObjectStore({
          endpoint: need(config.S3_ENDPOINT, 'S3_ENDPOINT'),
          region: config.S3_REGION,
          bucket: config.S3_BUCKET,
          accessKey: () => secretText(secrets, 's3-access-key'),
          secretKey: () => secretText(secrets, 's3-secret-key'),
        })
      : filesystemObjectStore(need(config.OBJECT_DIR, 'OBJECT_DIR'));
  return {
    log,
    objects,
    secrets,
    channels: { webhook: webhookChannel({ allowPrivate: config.ALLOW_PRIVATE_WEBHOOKS }) },
    clock: systemClock,
    close: async () => {
      kafka?.stop();
      await log.close();
      await objects.close();
    },
  };
}

/** Opens the store of one service with its own role and brings its schema up to date. */
export const openStore = (definition: ServiceDefinition, url: string, logger: Logger): Promise<ViewStore> =>
  postgresViewStore({ url, service: definition.name, migrations: definition.migrations, logger });

/**
 * As an administrator of the database: makes the log's schema and, for each service, its schema and role with the
 * password of secret `database-<service>` of that service. Idempotent. Returns each service's own URL.
 */
export async function prepareDatabase(
  adminUrl: string,
  services: readonly ServiceName[],
  secretsOf: (service: ServiceName) => SecretStore,
  clock: Clock,
): Promise<ReadonlyMap<ServiceName, string>> {
  await migrateEventLog(adminUrl);
  const urls = new Map<ServiceName, string>();
  for (const service of services) {
    const made = (): Uint8Array => new TextEncoder().encode(hex(clock.random(24)));
    const password = await secretsOf(service).ensure(`database-${service}`, made);
    urls.set(service, await prepareService(adminUrl, service, new TextDecoder().decode(password).trim()));
  }
  return urls;
}

/** Secrets in a folder, one file each; not writable where they are mounted from outside. */
export const openSecrets = (folder: string, writable: boolean): SecretStore => fileSecretStore(folder, { writable });

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

async function secretText(secrets: SecretStore, name: string): Promise<string> {
  const bytes = await secrets.read(name);
  if (!bytes) throw new Fault('SECRET_MISSING', `secret ${name} is not there`);
  return new TextDecoder().decode(bytes).trim();
}

function need(value: string | undefined, name: string): string {
  if (!value) throw new Fault('CONFIG_INVALID', `configuration is not valid: ${name}: needed, but not set`);
  return value;
}
