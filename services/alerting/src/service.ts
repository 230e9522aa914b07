import 'reflect-metadata';
import { defineService } from '@quaywatch/runtime';
import init from '../migrations/0001-init.sql';
import unitCertificates from '../migrations/0020-unit-certificates.sql';
import webhookFormats from '../migrations/0030-webhook-formats.sql';
import webhookOff from '../migrations/0040-webhook-off.sql';
import webhookOffFacts from '../migrations/0041-webhook-off-facts.sql';
import { AlertingModule } from './alerting.module';
import { alertingConfig } from './config';

/** alerting: the life of alarms, and telling people and systems outside of them. */
export const alerting = defineService({
  name: 'alerting',
  doc: 'Life of alarms and their notifications.',
  config: alertingConfig,
  migrations: {
    '0001-init.sql': init,
    '0020-unit-certificates.sql': unitCertificates,
    '0030-webhook-formats.sql': webhookFormats,
    '0040-webhook-off.sql': webhookOff,
    '0041-webhook-off-facts.sql': webhookOffFacts,
  },
  views: { 'alerting-view': ['alarm', 'webhook_endpoint'], 'fleet-names': ['place_crane', 'place_spreader'] },
  store: true,
  module: AlertingModule,
});
