import { Module } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { Fault } from '@quaywatch/kernel';
import type { Clock, EventLog, NotificationChannel, ObjectStore, SecretStore, ViewStore } from '@quaywatch/ports';
import { readConfig } from '../config';
import { LogStrategy, type BesideFeed } from '../consume/log-strategy';
import { ProblemFilter } from '../http/problem-filter';
import { nestLogger, type Logger } from '../logger';
import { makePeers } from '../peers';
import { surroundingsModule } from '../run/start-service';
import type { ServiceDefinition } from '../service-definition';
import { AUDIT, CHANNELS, CLOCK, CONFIG, EVENT_LOG, LOGGER, OBJECT_STORE, PEERS, SECRETS, STORE } from '../tokens';
import type { AuditTrail } from '../audit';

/** What the handlers of a rebuilt view are given; nothing they could send anything out with. */
export interface BesideSurroundings {
  readonly store: ViewStore;
  readonly log: EventLog;
  readonly objects: ObjectStore;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

class BesideRoot {}

/**
 * Starts only the consumers of a service: its jobs, its HTTP and whatever begins at start-up stay off, appends to the
 * log, audit entries and notifications are refused. Returns how to stop.
 */
export async function startBeside(
  definition: ServiceDefinition,
  given: BesideSurroundings,
  feed: BesideFeed,
): Promise<() => Promise<void>> {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new Fault('REBUILD_READS_ONLY', 'a view that is being rebuilt may not write to the log nor tell anybody'),
    );
  const audit: AuditTrail = { within: () => Promise.resolve(), write: refuse };
  const log: EventLog = {
    partitions: given.log.partitions,
    append: refuse,
    subscribe: (subscription) => given.log.subscribe(subscription),
    endOffsets: (topic) => given.log.endOffsets(topic),
    close: () => Promise.resolve(),
  };
  const strategy = new LogStrategy(definition.name, log, given.store, given.logger, { beside: feed });
  Module({
    imports: [
      surroundingsModule([
        [STORE, given.store],
        [EVENT_LOG, log],
        [OBJECT_STORE, given.objects],
        [SECRETS, given.secrets],
        [CLOCK, given.clock],
        [LOGGER, given.logger],
        [CONFIG, readConfig(definition.config, given.environment)],
        [PEERS, makePeers(new Map(), given.secrets)],
        [CHANNELS, { webhook: { name: 'webhook', deliver: refuse } satisfies NotificationChannel }],
        [AUDIT, audit],
      ]),
      definition.module,
    ],
    providers: [{ provide: APP_FILTER, useFactory: () => new ProblemFilter(given.logger) }],
  })(BesideRoot);
  const app = await NestFactory.create(BesideRoot, { logger: nestLogger(given.logger), abortOnError: false });
  app.connectMicroservice({ strategy }, { inheritAppConfig: true });
  // Not `app.init` or `app.listen`: they would start the jobs.
  await app.startAllMicroservices();
  return () => strategy.close();
}
