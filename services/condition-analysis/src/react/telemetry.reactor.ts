import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { conditionDefaults } from '@quaywatch/domain/condition';
import { done, type Outcome } from '@quaywatch/kernel';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';
import { assessBatch } from './assess-batch';

/** Works telemetry into moves, condition, findings and health. */
@Controller()
export class TelemetryReactor {
  @OnEvents('condition', 'da.telemetry')
  async onTelemetry(@Payload() batch: EventBatch): Promise<Outcome> {
    await assessBatch(conditionDefaults, batch);
    return done;
  }
}
