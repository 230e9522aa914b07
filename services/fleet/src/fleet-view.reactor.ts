import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { done, type Outcome } from '@quaywatch/kernel';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';
import { projectFleet } from './project-fleet';

/** Keeps the view of the fleet; its only writer, so that a rebuilt view has the same rows (law L3). */
@Controller()
export class FleetViewReactor {
  @OnEvents('fleet-view', 'fleet')
  async onFacts(@Payload() { tx, events }: EventBatch): Promise<Outcome> {
    await projectFleet(tx, events);
    return done;
  }
}
