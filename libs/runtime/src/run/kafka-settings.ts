import type { KafkaEventLogOptions, KafkaSecurity } from '@quaywatch/adapters';
import { describeError, Fault, seconds } from '@quaywatch/kernel';
import type { SecretStore } from '@quaywatch/ports';
import { z } from 'zod';
import type { Logger } from '../logger';

/** Kafka's part of the adapters' configuration. */
export const kafkaConfig = {
  KAFKA_BROKERS: z.string().optional().describe('`host:port` of Kafka brokers, by commas; needed for EVENT_LOG=kafka.'),
  KAFKA_REPLICATION: z.coerce
    .number()
    .int()
    .min(1)
    .default(1)
    .describe('Copies of each partition of topics that we make.'),
  KAFKA_MIN_ISR: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Copies that must have a record before it counts; by default 2 with three copies or more, else 1.'),
  KAFKA_CLIENT: z
    .enum(['kafkajs', 'platformatic'])
    .default('kafkajs')
    .describe(
      'Client that appends: kafkajs, or @platformatic/kafka for less of the processor. kafkajs reads in either case.',
    ),
  KAFKA_COMPRESSION: z.enum(['none', 'gzip', 'lz4', 'zstd']).default('zstd').describe('Compression of batches.'),
  KAFKA_SECURITY: z
    .enum(['plaintext', 'ssl', 'sasl_ssl'])
    .default('plaintext')
    .describe(
      '`ssl`: TLS, mutual with secrets `kafka-certificate` and `kafka-key`; `sasl_ssl`: TLS with KAFKA_USERNAME and secret `kafka-password`. Secret `kafka-ca`: the authorities (PEM), else those of the machine.',
    ),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .default('scram-sha-512')
    .describe('How the user name and password are sent.'),
  KAFKA_USERNAME: z.string().optional().describe('User name for `sasl_ssl`.'),
};

/** Kafka's settings, parsed. */
export type KafkaSettings = z.infer<z.ZodObject<typeof kafkaConfig>>;

const names = {
  ca: 'kafka-ca',
  certificate: 'kafka-certificate',
  key: 'kafka-key',
  password: 'kafka-password',
} as const;
const readEvery = seconds(30);

/** Options of the Kafka log, and how to stop looking for changed secrets. Throws Fault `SECRET_MISSING`, `CONFIG_INVALID`. */
export async function kafkaOptions(
  config: KafkaSettings,
  secrets: SecretStore,
  logger: Logger,
): Promise<{
  readonly options: Pick<
    KafkaEventLogOptions,
    'brokers' | 'client' | 'replicationFactor' | 'minInsyncReplicas' | 'compression' | 'security'
  >;
  stop(): void;
}> {
  if (!config.KAFKA_BROKERS)
    throw new Fault('CONFIG_INVALID', 'configuration is not valid: KAFKA_BROKERS: needed, but not set');
  const options = {
    brokers: config.KAFKA_BROKERS.split(','),
    client: config.KAFKA_CLIENT,
    replicationFactor: config.KAFKA_REPLICATION,
    ...(config.KAFKA_MIN_ISR === undefined ? {} : { minInsyncReplicas: config.KAFKA_MIN_ISR }),
    compression: config.KAFKA_COMPRESSION,
  };
  if (config.KAFKA_SECURITY === 'plaintext') {
    const outside = options.brokers.filter((broker) => !/^(localhost|127\.|\[::1\])/.test(broker));
    if (outside.length > 0) logger.warn({ brokers: outside }, 'the event log is reached without TLS');
    return { options, stop: () => undefined };
  }
  let now = await readAll(secrets);
  const timer = setInterval(() => {
    readAll(secrets).then(
      (read) => (now = read),
      (error: unknown) => logger.warn({ reason: describeError(error) }, 'the secrets of Kafka cannot be read'),
    );
  }, readEvery);
  timer.unref();
  try {
    return { options: { ...options, security: securityOf(config, () => now) }, stop: () => clearInterval(timer) };
  } catch (error) {
    clearInterval(timer);
    throw error;
  }
}

type Secrets = Readonly<Partial<Record<keyof typeof names, string>>>;

async function readAll(secrets: SecretStore): Promise<Secrets> {
  const read: Partial<Record<keyof typeof names, string>> = {};
  for (const [key, name] of Object.entries(names) as [keyof typeof names, string][]) {
    const bytes = await secrets.read(name);
    if (bytes) read[key] = new TextDecoder().decode(bytes).trim();
  }
  return read;
}

function securityOf(config: KafkaSettings, now: () => Secrets): KafkaSecurity {
  const need = (key: keyof typeof names): (() => string) => {
    if (now()[key] === undefined) throw new Fault('SECRET_MISSING', `secret ${names[key]} is not there`);
    return () => now()[key] ?? '';
  };
  const mutual = now().certificate !== undefined;
  const tls = {
    ...(now().ca === undefined ? {} : { ca: need('ca') }),
    ...(mutual ? { certificate: need('certificate'), key: need('key') } : {}),
  };
  if (config.KAFKA_SECURITY === 'ssl') return tls;
  if (!config.KAFKA_USERNAME)
    throw new Fault('CONFIG_INVALID', 'configuration is not valid: KAFKA_USERNAME: needed, but not set');
  return {
    ...tls,
    sasl: { mechanism: config.KAFKA_SASL_MECHANISM, username: config.KAFKA_USERNAME, password: need('password') },
  };
}
