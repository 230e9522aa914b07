import { Module } from '@nestjs/common';
import { seconds } from '@quaywatch/kernel';
import type { Clock, ObjectStore, SecretStore, ViewStore } from '@quaywatch/ports';
import { CLOCK, CONFIG, LOGGER, OBJECT_STORE, SECRETS, STORE, type Logger } from '@quaywatch/runtime';
import { AuditController } from './audit.controller';
import { ChainReactor } from './chain.reactor';
import { CheckpointsJob } from './checkpoints.job';
import type { AuditLogConfig } from './config';
import { IncidentsController } from './incidents.controller';
import { WatchReactor } from './watch.reactor';

@Module({
  controllers: [AuditController, IncidentsController, ChainReactor, WatchReactor],
  providers: [
    {
      provide: CheckpointsJob,
      useFactory: (
        store: ViewStore,
        objects: ObjectStore,
        secrets: SecretStore,
        clock: Clock,
        logger: Logger,
        config: AuditLogConfig,
      ) =>
        new CheckpointsJob(store, objects, secrets, clock, logger, {
          origin: config.AUDIT_ORIGIN,
          atMostEvery: seconds(config.AUDIT_CHECKPOINT_SECONDS),
          entries: config.AUDIT_CHECKPOINT_ENTRIES,
        }),
      inject: [STORE, OBJECT_STORE, SECRETS, CLOCK, LOGGER, CONFIG],
    },
  ],
})
export class AuditLogModule {}
