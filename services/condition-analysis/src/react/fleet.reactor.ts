import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { done, type Outcome } from '@quaywatch/kernel';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';
import { projectFleet } from './project-fleet';

/** Keeps names, terminals and cranes of the fleet beside the condition. */
@Controller()
export class FleetReactor {
  @OnEvents('condition-fleet', 'fleet')
  async onFleet(@Payload() batch: EventBatch): Promise<Outcome> {
    await projectFleet(batch);
    return done;
  }
}
