import 'reflect-metadata';
import { defineService } from '@quaywatch/runtime';
import init from '../migrations/0001-init.sql';
import exact from '../migrations/0002-exact-windows.sql';
import identity from '../migrations/0010-device-identity.sql';
import deviceConsole from '../migrations/0011-device-console.sql';
import firmware from '../migrations/0020-firmware.sql';
import holders from '../migrations/0021-session-holders.sql';
import bursts from '../migrations/0022-bursts.sql';
import burstIndex from '../migrations/0026-burst-index.sql';
import deviceChanges from '../migrations/0028-device-changes.sql';
import organisationShares from '../migrations/0027-organisation-shares.sql';
import refusals from '../migrations/0025-refusals.sql';
import spreaderNumber from '../migrations/0037-spreader-number.sql';
import { ingestConfig } from './config';
import { IngestModule } from './ingest.module';

/** ingest: the MQTT port, device identity, presence and quarantine. */
export const ingest = defineService({
  name: 'ingest',
  doc: 'MQTT over mutual TLS, device identity, presence, quarantine.',
  config: ingestConfig,
  migrations: {
    '0001-init.sql': init,
    '0002-exact-windows.sql': exact,
    '0010-device-identity.sql': identity,
    '0011-device-console.sql': deviceConsole,
    '0020-firmware.sql': firmware,
    '0021-session-holders.sql': holders,
    '0022-bursts.sql': bursts,
    '0025-refusals.sql': refusals,
    '0026-burst-index.sql': burstIndex,
    '0027-organisation-shares.sql': organisationShares,
    '0028-device-changes.sql': deviceChanges,
    '0037-spreader-number.sql': spreaderNumber,
  },
  views: {
    'ingest-devices': ['device', 'certificate', 'authority', 'command', 'firmware', 'rollout', 'rollout_device'],
    'ingest-bindings': ['binding', 'spreader'],
    'ingest-window': ['presence', 'sequence_window', 'quarantine', 'lost_frames', 'burst'],
  },
  store: true,
  module: IngestModule,
});
