import { Controller, Get, Header, Inject } from '@nestjs/common';
import { Open } from '../http/routes-open';
import type { Metrics } from './metrics';

/** Token of the `Metrics` of a service. */
export const METRICS = Symbol('METRICS');

/** For Prometheus, on the internal address of services that keep data. The gateway is public: it has a port of its own for them. */
@Controller()
export class MetricsController {
  constructor(@Inject(METRICS) private readonly metrics: Metrics) {}

  // Without a token, as scrapers come; it tells names of consumers and numbers, nothing of an organisation.
  @Open()
  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  show(): Promise<string> {
    return this.metrics.expose();
  }
}
