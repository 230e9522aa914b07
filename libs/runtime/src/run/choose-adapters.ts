import {
  fileSecretStore,
  filesystemObjectStore,
  kafkaEventLog,
  mailChannel,
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
  S3_ENCRYPTION: z
    .enum(['off', 'AES256', 'aws:kms'])
    .default('off')
    .describe('Server-side encryption asked of the S3 server; a server that does not do it is an error.'),
  S3_KMS_KEY: z.string().min(1).optional().describe("Key for `aws:kms`; the server's own without."),
  S3_LOCK_DAYS: z.coerce
    .number()
    .int()
    .min(0)
    .max(36_500)
    .default(0)
    .describe(
      'Object lock: days for which nobody can remove a stored version, days; 0 = none. The bucket must have object lock (one that we make has).',
    ),
  S3_LOCK_MODE: z
    .enum(['GOVERNANCE', 'COMPLIANCE'])
    .default('COMPLIANCE')
    .describe('Object lock: `GOVERNANCE` lets those with a permission of their own remove it still.'),
  S3_LOCK_PREFIXES: z
    .string()
    .default('audit/,archive/')
    .describe('Object lock: beginnings of the keys that are locked, comma-separated.'),
  SECRETS_DIR: z.string().optional().describe('Folder with one file per secret.'),
  SECRETS_WRITABLE: flag.default(true).describe('False where secrets are mounted and may not be made by us.'),
  ALLOW_PRIVATE_WEBHOOKS: flag
    .default(false)
    .describe('Lets webhooks go to loopback and private addresses; for trials on one machine only.'),
  SMTP_URL: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Mail server for notices about accounts: `smtps://host:465`, or `smtp://user@host:587` with STARTTLS; the password is the secret `smtp-password`. Without it notices are in the portal only.',
    ),
  MAIL_FROM: z
    .string()
    .min(3)
    .default('Quaywatch <quaywatch@localhost>')
    .describe('From whom mail comes; set it with SMTP_URL.'),
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

const mailOf = (url: string, from: string, secrets: SecretStore): NotificationChannel =>
  mailChannel({ url, from, password: () => secretText(secrets, 'smtp-password') });

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
          ...(config.S3_ENCRYPTION === 'off'
            ? {}
            : {
                encryption: {
                  kind: config.S3_ENCRYPTION,
                  ...(config.S3_KMS_KEY === undefined ? {} : { key: config.S3_KMS_KEY }),
                },
              }),
          ...(config.S3_LOCK_DAYS === 0
            ? {}
            : {
                lock: {
                  mode: config.S3_LOCK_MODE,
                  days: config.S3_LOCK_DAYS,
                  prefixes: config.S3_LOCK_PREFIXES.split(',').map((prefix) => prefix.trim()),
                },
              }),
        })
      : filesystemObjectStore(need(config.OBJECT_DIR, 'OBJECT_DIR'));
  return {
    log,
    objects,
    secrets,
    channels: {
      webhook: webhookChannel({ allowPrivate: config.ALLOW_PRIVATE_WEBHOOKS }),
      ...(config.SMTP_URL === undefined ? {} : { mail: mailOf(config.SMTP_URL, config.MAIL_FROM, secrets) }),
    },
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
