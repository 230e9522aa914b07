import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { conditionDefaults } from '@quaywatch/domain/condition';
import { done, type Outcome } from '@quaywatch/kernel';
import { CONFIG, OnEvents, type EventBatch } from '@quaywatch/runtime';
import type { ConditionConfig } from '../config';
import { assessBatch } from './assess-batch';

/** Time between two checkpoints of a spreader's state while nothing is late, ms. */
const everyFiveMinutes = 5 * 60_000;

/** Works telemetry into moves, condition, findings and health. */
@Controller()
export class TelemetryReactor {
  constructor(@Inject(CONFIG) private readonly config: ConditionConfig) {}

  @OnEvents('condition', 'da.telemetry')
  async onTelemetry(@Payload() batch: EventBatch): Promise<Outcome> {
    const horizon = this.config.LATE_HOURS * 3_600_000;
    const stateFrames = this.config.STATE_FRAME_DAYS * 86_400_000;
    await assessBatch(conditionDefaults, batch, { late: { horizon, every: everyFiveMinutes }, stateFrames });
    return done;
  }
}
