import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { done, type Outcome } from '@quaywatch/kernel';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';
import { projectAlerting } from './alarm-view';
import { projectWhereabouts } from './whereabouts';

/** Keeps the views `alerting-view` (own facts) and `fleet-names` (facts of fleet). */
@Controller()
export class ViewsReactor {
  @OnEvents('alerting-view', 'alerting')
  async onAlerting(@Payload() { tx, events }: EventBatch): Promise<Outcome> {
    await projectAlerting(tx, events);
    return done;
  }

  @OnEvents('fleet-names', 'fleet')
  async onFleet(@Payload() { tx, events }: EventBatch): Promise<Outcome> {
    await projectWhereabouts(tx, events);
    return done;
  }
}
