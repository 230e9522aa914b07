import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { done, retry, type Outcome } from '@quaywatch/kernel';
import type { Clock, EventLog } from '@quaywatch/ports';
import { CLOCK, CONFIG, EVENT_LOG, OnEvents, type EventBatch } from '@quaywatch/runtime';
import type { ConditionConfig } from '../config';
import { assessBatch, spreadersOf } from './assess-batch';
import { WaitForFleet } from './wait-for-fleet';

/** Time between two checkpoints of a spreader's state while nothing is late, ms. */
const everyTenMinutes = 10 * 60_000;

/** Works telemetry into moves, condition, findings and health. */
@Controller()
export class TelemetryReactor {
  private readonly fleet: WaitForFleet;

  constructor(
    @Inject(CONFIG) private readonly config: ConditionConfig,
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.fleet = new WaitForFleet(log, () => clock.now());
  }

  @OnEvents('condition', 'da.telemetry')
  async onTelemetry(@Payload() batch: EventBatch): Promise<Outcome> {
    if (await this.fleet.isBehind(batch.tx, spreadersOf(batch.events)))
      return retry('The view of the fleet does not know a spreader yet.');
    const horizon = this.config.LATE_HOURS * 3_600_000;
    const stateFrames = this.config.STATE_FRAME_DAYS * 86_400_000;
    await assessBatch(batch, { late: { horizon, every: everyTenMinutes }, stateFrames });
    return done;
  }
}
