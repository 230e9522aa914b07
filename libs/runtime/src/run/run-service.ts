import { serviceRole } from '@quaywatch/adapters';
import { serviceNames, type ServiceName } from '@quaywatch/contracts';
import { describeError, Fault, seconds } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import { z } from 'zod';
import { port, readConfig } from '../config';
import { InternalTls } from '../http/internal-tls';
import { makeLogger, type Logger } from '../logger';
import { makePeers } from '../peers';
import type { ServiceDefinition } from '../service-definition';
import { adapterConfig, chooseAdapters, openSecrets, openStore } from './choose-adapters';
import { startService } from './start-service';

/** Configuration of every process that is one service; keys are environment variables. */
export const processConfig = z.object({
  HTTP_HOST: z.string().default('0.0.0.0').describe('Where the HTTP of a service listens.'),
  HTTP_PORT: port.default(8080).describe('Port of the HTTP of a service.'),
  METRICS_PORT: port
    .optional()
    .describe(
      'Port on which a service tells Prometheus its metrics (`/metrics`) and nothing else; for the internal network only. Off unless set.',
    ),
  METRICS_HOST: z.string().default('0.0.0.0').describe('Where that port listens.'),
  INTERNAL_TLS_CERT_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Certificate with its chain, PEM, that a service shows to others and that others show to it: with it and the two below all HTTP between services is mutual TLS 1.3. Read again when it changes.',
    ),
  INTERNAL_TLS_KEY_FILE: z.string().min(1).optional().describe('Its key, PEM.'),
  INTERNAL_TLS_CA_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('Authorities, PEM, that issue such certificates and nothing else.'),
  HEALTH_PORT: port
    .optional()
    .describe(
      'Plain port with `/healthz` and `/readyz` and nothing else, for probes without a certificate. Off unless set.',
    ),
  HEALTH_HOST: z.string().default('0.0.0.0').describe('Where that port listens.'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('What is written to the log.'),
});

const stopLimit = seconds(25);

/**
 * Runs one service as this process until SIGTERM or SIGINT: what a container does. Where other services answer comes
 * from `<SERVICE>_URL`. Exits 0 after a clean stop, 1 with one clear line when it cannot start.
 */
export async function runService(definition: ServiceDefinition): Promise<void> {
  try {
    const config = readConfig(processConfig, process.env);
    const logger = makeLogger(definition.name, { level: config.LOG_LEVEL });
    const environment = await withDatabaseRole(process.env, definition.name);
    const adapters = await chooseAdapters(environment, definition.name, logger);
    const url = environment.DATABASE_URL;
    const store = definition.store && url ? await openStore(definition, url, logger) : undefined;
    const tls = await internalTls(config, adapters.clock, logger);
    const service = await startService(definition, {
      ...adapters,
      store,
      logger,
      peers: makePeers(peerUrls(process.env), adapters.secrets, tls?.agent),
      environment,
      http: { host: config.HTTP_HOST, port: config.HTTP_PORT },
      ...(config.METRICS_PORT === undefined
        ? {}
        : { metrics: { host: config.METRICS_HOST, port: config.METRICS_PORT } }),
      ...(tls ? { tls } : {}),
      ...(config.HEALTH_PORT === undefined ? {} : { health: { host: config.HEALTH_HOST, port: config.HEALTH_PORT } }),
    });
    const stop = async (): Promise<void> => {
      setTimeout(() => process.exit(1), stopLimit).unref();
      await service.stop();
      tls?.close();
      await store?.close();
      await adapters.close();
      process.exit(0);
    };
    process.once('SIGTERM', () => void stop());
    process.once('SIGINT', () => void stop());
  } catch (error) {
    process.stderr.write(`quaywatch ${definition.name}: ${describeError(error)}\n`);
    process.exit(1);
  }
}

/** Undefined without the three files; Fault `CONFIG_INVALID` when only some of them are named. */
async function internalTls(
  config: z.infer<typeof processConfig>,
  clock: Clock,
  logger: Logger,
): Promise<InternalTls | undefined> {
  const { INTERNAL_TLS_CERT_FILE, INTERNAL_TLS_KEY_FILE, INTERNAL_TLS_CA_FILE } = config;
  const [certificate, key, authorities] = [INTERNAL_TLS_CERT_FILE, INTERNAL_TLS_KEY_FILE, INTERNAL_TLS_CA_FILE];
  if (certificate === undefined && key === undefined && authorities === undefined) return undefined;
  if (certificate === undefined || key === undefined || authorities === undefined)
    throw new Fault(
      'CONFIG_INVALID',
      'INTERNAL_TLS_CERT_FILE, INTERNAL_TLS_KEY_FILE and INTERNAL_TLS_CA_FILE belong together',
    );
  return InternalTls.open({ certificate, key, authorities }, clock, logger);
}

/**
 * Completes a DATABASE_URL without a user by the service's own role and the password in secret `database-<service>`,
 * so that no password stands in the environment (law L6).
 */
async function withDatabaseRole(
  environment: Readonly<Record<string, string | undefined>>,
  service: ServiceName,
): Promise<Record<string, string | undefined>> {
  const { DATABASE_URL, SECRETS_DIR } = readConfig(adapterConfig, environment);
  if (!DATABASE_URL || !SECRETS_DIR || new URL(DATABASE_URL).username) return { ...environment };
  const password = await openSecrets(SECRETS_DIR, false).read(`database-${service}`);
  if (!password) throw new Fault('SECRET_MISSING', `secret database-${service} is not in ${SECRETS_DIR}`);
  const url = new URL(DATABASE_URL);
  url.username = serviceRole(service, url.pathname.slice(1));
  url.password = new TextDecoder().decode(password).trim();
  return { ...environment, DATABASE_URL: url.href };
}

/** `INGEST_URL`, `CONDITION_ANALYSIS_URL` … of the environment. */
export function peerUrls(environment: Readonly<Record<string, string | undefined>>): Map<ServiceName, string> {
  const urls = new Map<ServiceName, string>();
  for (const name of serviceNames) {
    const url = environment[`${name.replaceAll('-', '_').toUpperCase()}_URL`];
    if (url) urls.set(name, url.replace(/\/$/, ''));
  }
  return urls;
}
