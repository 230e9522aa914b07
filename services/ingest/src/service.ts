import 'reflect-metadata';
import { defineService } from '@quaywatch/runtime';
import init from '../migrations/0001-init.sql';
import { ingestConfig } from './config';
import { IngestModule } from './ingest.module';

/** ingest: the MQTT port, device identity, presence and quarantine. */
export const ingest = defineService({
  name: 'ingest',
  doc: 'MQTT over mutual TLS, device identity, presence, quarantine.',
  config: ingestConfig,
  migrations: { '0001-init.sql': init },
  views: {
    'ingest-devices': ['device', 'certificate'],
    'ingest-bindings': ['binding'],
    'ingest-window': ['presence', 'sequence_window', 'quarantine'],
  },
  store: true,
  module: IngestModule,
});
