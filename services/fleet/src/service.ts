import 'reflect-metadata';
import { defineService } from '@quaywatch/runtime';
import init from '../migrations/0001-init.sql';
import sandbox from '../migrations/0030-sandbox.sql';
import { fleetConfig } from './config';
import { FleetModule } from './fleet.module';

/** fleet: organisations, terminals, cranes, spreaders, and what is bound to what, when. */
export const fleet = defineService({
  name: 'fleet',
  doc: 'Organisations, terminals, cranes, spreaders, and what is bound to what, when.',
  config: fleetConfig,
  migrations: { '0001-init.sql': init, '0030-sandbox.sql': sandbox },
  views: { 'fleet-view': ['terminal', 'crane', 'spreader', 'assignment', 'btu_binding', 'view_revision'] },
  store: true,
  module: FleetModule,
});
