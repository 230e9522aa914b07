import 'reflect-metadata';
import { defineService } from '@quaywatch/runtime';
import init from '../migrations/0001-init.sql';
import exact from '../migrations/0002-exact-windows.sql';
import identity from '../migrations/0010-device-identity.sql';
import { ingestConfig } from './config';
import { IngestModule } from './ingest.module';

/** ingest: the MQTT port, device identity, presence and quarantine. */
export const ingest = defineService({
  name: 'ingest',
  doc: 'MQTT over mutual TLS, device identity, presence, quarantine.',
  config: ingestConfig,
  migrations: { '0001-init.sql': init, '0002-exact-windows.sql': exact, '0010-device-identity.sql': identity },
  views: {
    'ingest-devices': ['device', 'certificate', 'authority'],
    'ingest-bindings': ['binding', 'spreader'],
    'ingest-window': ['presence', 'sequence_window', 'quarantine'],
  },
  store: true,
  module: IngestModule,
});
