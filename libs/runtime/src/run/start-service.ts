import 'reflect-metadata';
import {
  Controller,
  Get,
  HttpException,
  Inject,
  Module,
  type DynamicModule,
  type INestApplication,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, NestFactory, Reflector } from '@nestjs/core';
import type { ServiceName } from '@quaywatch/contracts';
import type { Clock, EventLog, NotificationChannel, ObjectStore, SecretStore, ViewStore } from '@quaywatch/ports';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import { auditTrail } from '../audit';
import { readConfig } from '../config';
import { LogStrategy } from '../consume/log-strategy';
import { relayOutbox } from '../consume/relay-outbox';
import { CONSUMERS, DeadLettersController } from '../dead-letters/dead-letters.controller';
import { AnswerCheck } from '../http/answer-check';
import { ApiGuard } from '../http/api-guard';
import { Conditions, entityTag } from '../http/conditions';
import { ProblemFilter } from '../http/problem-filter';
import { RequestKeys, storeWithRequestKeys } from '../http/request-keys';
import { Open } from '../http/routes-open';
import type { InternalTls } from '../http/internal-tls';
import { XmlAnswer } from '../http/xml-answer';
import { nestLogger, type Logger } from '../logger';
import { consumerMetrics } from '../observe/consumer-metrics';
import { measureLog } from '../observe/measure-log';
import { Metrics } from '../observe/metrics';
import { METRICS, MetricsController } from '../observe/metrics.controller';
import { openHealthPort } from '../observe/health-port';
import { openMetricsPort } from '../observe/metrics-port';
import type { SidePort } from '../observe/side-port';
import { processGauges } from '../observe/process-gauges';
import { storeGauges } from '../observe/store-gauges';
import type { Peers } from '../peers';
import type { ServiceDefinition } from '../service-definition';
import {
  AUDIT,
  CHANNELS,
  CLOCK,
  CONFIG,
  EVENT_LOG,
  HTTP_ADDRESS,
  LOGGER,
  OBJECT_STORE,
  PEERS,
  SECRETS,
  STORE,
} from '../tokens';

/** What a service is given; who made the parts does not matter to it. */
export interface Surroundings {
  readonly store: ViewStore | undefined;
  readonly log: EventLog;
  readonly objects: ObjectStore;
  readonly secrets: SecretStore;
  readonly channels: Readonly<Record<string, NotificationChannel>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly peers: Peers;
  /** Environment variables; the service's config is read from here. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where its HTTP listens; port 0 = the system chooses. */
  readonly http: { readonly host: string; readonly port: number };
  /** Where it tells Prometheus its metrics on a listener of their own; none without. */
  readonly metrics?: { readonly host: string; readonly port: number };
  /** Lets in only other services, over mutual TLS; without it HTTP is plain. Not for the gateway: its port is public. */
  readonly tls?: InternalTls;
  /** Where it tells those without a certificate (kubelet) whether it is alive and ready; none without. */
  readonly health?: { readonly host: string; readonly port: number };
}

/** A service that runs. */
export interface RunningService {
  readonly name: ServiceName;
  /** Base URL of its HTTP. */
  readonly url: string;
  readonly app: INestApplication;
  /** Of the listener for metrics, where there is one. */
  readonly metricsUrl?: string;
  /** Of the listener for probes, where there is one. */
  readonly healthUrl?: string;
  /** Stops taking work, finishes what is under way, lets go of everything of its own. */
  stop(): Promise<void>;
}

const NOT_READY = Symbol('NOT_READY');

/** Liveness says only that the process answers; readiness that its consumers go on. */
@Controller()
class HealthController {
  constructor(@Inject(NOT_READY) private readonly notReady: () => readonly string[]) {}

  @Open()
  @Get('healthz')
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Open()
  @Get('readyz')
  ready(): { status: string } {
    const reasons = this.notReady();
    if (reasons.length > 0) throw new HttpException(reasons.join('; '), 503);
    return { status: 'ok' };
  }
}

class SurroundingsModule {}

/** A global module that gives each token its value. */
export function surroundingsModule(values: readonly (readonly [symbol, unknown])[]): DynamicModule {
  return {
    module: SurroundingsModule,
    global: true,
    providers: values.map(([provide, value]) => ({ provide, useFactory: () => value })),
    exports: values.map(([token]) => token),
  };
}

class ServiceRoot {}

/** Starts a service: Nest application, guarded internal HTTP, consumers, outbox relay. Rejects with the first thing that fails. */
export async function startService(definition: ServiceDefinition, given: Surroundings): Promise<RunningService> {
  const config = readConfig(definition.config, given.environment);
  const metrics = new Metrics();
  processGauges(metrics);
  const log = measureLog(given.log, metrics);
  const audit = auditTrail(definition.name, given.clock, log, given.store);
  const strategy = given.store
    ? new LogStrategy(definition.name, log, given.store, given.logger, { metrics: consumerMetrics(metrics) })
    : undefined;

  const tls = definition.store ? given.tls : undefined;
  const notReady = (): readonly string[] => strategy?.notReady ?? [];

  const values: readonly [symbol, unknown][] = [
    [STORE, given.store && storeWithRequestKeys(given.store)],
    [EVENT_LOG, log],
    [OBJECT_STORE, given.objects],
    [SECRETS, given.secrets],
    [CLOCK, given.clock],
    [LOGGER, given.logger],
    [CONFIG, config],
    [PEERS, given.peers],
    [CHANNELS, given.channels],
    [AUDIT, audit],
    [HTTP_ADDRESS, given.http],
    [NOT_READY, notReady],
    [CONSUMERS, strategy],
    [METRICS, metrics],
  ];
  Module({
    imports: [surroundingsModule(values), definition.module],
    controllers: strategy ? [HealthController, MetricsController, DeadLettersController] : [HealthController],
    providers: [
      {
        provide: APP_GUARD,
        useFactory: (reflector: Reflector) => new ApiGuard(reflector, given.secrets, audit),
        inject: [Reflector],
      },
      // The first is the outermost: a repetition gets the first answer, whatever has changed since.
      ...[
        (reflector: Reflector) => new RequestKeys(reflector, given.store, given.clock),
        (reflector: Reflector) => new Conditions(reflector, given.store, given.clock, given.peers.agent),
        (reflector: Reflector) => new XmlAnswer(reflector),
        (reflector: Reflector) => new AnswerCheck(reflector),
      ].map((useFactory) => ({ provide: APP_INTERCEPTOR, useFactory, inject: [Reflector] })),
      { provide: APP_FILTER, useFactory: () => new ProblemFilter(given.logger) },
    ],
  })(ServiceRoot);

  const app = await NestFactory.create(ServiceRoot, {
    logger: nestLogger(given.logger),
    abortOnError: false,
    forceCloseConnections: true,
    ...(tls ? { httpsOptions: tls.serverOptions } : {}),
  });
  tls?.serve(app.getHttpServer() as SecureServer);
  // Every JSON answer has a strong ETag; a GET with If-None-Match of it is 304.
  (app.getHttpAdapter().getInstance() as { set(name: string, value: unknown): void }).set('etag', entityTag);
  if (strategy) app.connectMicroservice({ strategy }, { inheritAppConfig: true });
  const relay = given.store ? relayOutbox(definition.name, given.store, log, given.clock, given.logger) : undefined;
  let metricsPort: SidePort | undefined;
  let healthPort: SidePort | undefined;
  const stop = async (): Promise<void> => {
    await app.close();
    await relay?.();
    await healthPort?.close();
    // Last, so that the end of what is under way can still be seen.
    await metricsPort?.close();
  };
  try {
    await app.startAllMicroservices();
    if (strategy && given.store) storeGauges(metrics, given.store, log, strategy.consumed);
    if (given.metrics) metricsPort = await openMetricsPort(metrics, given.metrics);
    await app.listen(given.http.port, given.http.host);
    if (given.health) healthPort = await openHealthPort(notReady, given.health);
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  const address = (app.getHttpServer() as Server).address() as AddressInfo;
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  given.logger.info({ port: address.port }, 'service started');
  return {
    name: definition.name,
    url: `${tls ? 'https' : 'http'}://${host}:${address.port}`,
    app,
    ...(metricsPort ? { metricsUrl: metricsPort.url } : {}),
    ...(healthPort ? { healthUrl: healthPort.url } : {}),
    stop,
  };
}
