import { Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Clock, EventLog, SecretStore } from '@quaywatch/ports';
import {
  AUDIT,
  CLOCK,
  CONFIG,
  EVENT_LOG,
  HTTP_ADDRESS,
  LOGGER,
  METRICS,
  PEERS,
  SECRETS,
  type AuditTrail,
  type Logger,
  type Metrics,
  type Peers,
} from '@quaywatch/runtime';
import type { GatewayConfig } from './config';
import { Edge } from './edge/edge';

@Module({
  providers: [
    {
      provide: Edge,
      useFactory: (
        host: HttpAdapterHost,
        config: GatewayConfig,
        peers: Peers,
        log: EventLog,
        secrets: SecretStore,
        clock: Clock,
        audit: AuditTrail,
        logger: Logger,
        metrics: Metrics,
        plain: { host: string },
      ) => new Edge({ config, peers, log, secrets, clock, audit, logger, metrics, plain }, host),
      inject: [HttpAdapterHost, CONFIG, PEERS, EVENT_LOG, SECRETS, CLOCK, AUDIT, LOGGER, METRICS, HTTP_ADDRESS],
    },
  ],
})
export class GatewayModule {}
