import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { done, type Outcome } from '@quaywatch/kernel';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';
import { projectPolicy } from './project-policy';

/** Keeps whether changes of the catalogue take two people. */
@Controller()
export class PolicyReactor {
  @OnEvents('condition-access', 'access')
  async onAccess(@Payload() batch: EventBatch): Promise<Outcome> {
    await projectPolicy(batch);
    return done;
  }
}
