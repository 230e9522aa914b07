import { Module } from '@nestjs/common';
import { Fault, minutes } from '@quaywatch/kernel';
import type { Clock, EventLog, NotificationChannel, ViewStore } from '@quaywatch/ports';
import {
  AUDIT,
  CHANNELS,
  CLOCK,
  CONFIG,
  EVENT_LOG,
  LOGGER,
  STORE,
  type AuditTrail,
  type Logger,
} from '@quaywatch/runtime';
import { AlarmDesk } from './alarm-desk';
import { AlarmsController } from './alarms.controller';
import { AlarmsReactor } from './alarms.reactor';
import type { AlertingConfig } from './config';
import { Contacts } from './contacts';
import { DeliveryJob } from './delivery.job';
import { IncidentsReactor } from './incidents.reactor';
import { SilenceJob } from './silence.job';
import { UnitCertificatesReactor } from './unit-certificates.reactor';
import { ViewsReactor } from './views.reactor';
import { Webhooks } from './webhooks';
import { WebhooksController } from './webhooks.controller';

@Module({
  controllers: [
    AlarmsController,
    WebhooksController,
    AlarmsReactor,
    UnitCertificatesReactor,
    IncidentsReactor,
    ViewsReactor,
  ],
  providers: [
    {
      provide: AlarmDesk,
      useFactory: (clock: Clock, config: AlertingConfig) =>
        new AlarmDesk(clock, minutes(config.ALERTING_LATE_AFTER_MINUTES)),
      inject: [CLOCK, CONFIG],
    },
    { provide: Contacts, useFactory: (desk: AlarmDesk) => new Contacts(desk), inject: [AlarmDesk] },
    {
      provide: Webhooks,
      useFactory: (store: ViewStore, clock: Clock, audit: AuditTrail) => new Webhooks(store, clock, audit),
      inject: [STORE, CLOCK, AUDIT],
    },
    {
      provide: DeliveryJob,
      useFactory: (
        store: ViewStore,
        clock: Clock,
        channels: Record<string, NotificationChannel>,
        logger: Logger,
        audit: AuditTrail,
      ) => {
        const channel = channels.webhook;
        if (!channel) throw new Fault('CHANNEL_MISSING', 'alerting needs the channel webhook');
        return new DeliveryJob(store, clock, channel, logger, audit);
      },
      inject: [STORE, CLOCK, CHANNELS, LOGGER, AUDIT],
    },
    {
      provide: SilenceJob,
      useFactory: (
        store: ViewStore,
        log: EventLog,
        clock: Clock,
        logger: Logger,
        desk: AlarmDesk,
        config: AlertingConfig,
      ) => new SilenceJob(store, log, clock, logger, desk, minutes(config.ALERTING_SILENCE_AFTER_MINUTES)),
      inject: [STORE, EVENT_LOG, CLOCK, LOGGER, AlarmDesk, CONFIG],
    },
  ],
})
export class AlertingModule {}
