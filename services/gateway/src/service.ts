import 'reflect-metadata';
import { defineService } from '@quaywatch/runtime';
import { gatewayConfig } from './config';
import { GatewayModule } from './gateway.module';

/** gateway: the public edge. No database; sessions are kept by user-access, everything else by the owning services. */
export const gateway = defineService({
  name: 'gateway',
  doc: 'The only public HTTP: sign-in, API, live events and the portal. Stateless.',
  config: gatewayConfig,
  migrations: {},
  views: {},
  store: false,
  module: GatewayModule,
});
