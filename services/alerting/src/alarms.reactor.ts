import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { events, failureModes, isEvent, type DataOf, type EventEnvelope } from '@quaywatch/contracts';
import { callOf } from '@quaywatch/domain/alerts';
import { componentWords } from '@quaywatch/domain/condition';
import { done, type Outcome } from '@quaywatch/kernel';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';
import { AlarmDesk } from './alarm-desk';
import { Contacts } from './contacts';

/** Raises and clears alarms by what condition-analysis finds and what devices say. */
@Controller()
export class AlarmsReactor {
  constructor(
    @Inject(AlarmDesk) private readonly desk: AlarmDesk,
    @Inject(Contacts) private readonly contacts: Contacts,
  ) {}

  @OnEvents('alarms', 'condition')
  async onCondition(@Payload() { tx, events: batch }: EventBatch): Promise<Outcome> {
    for (const event of batch) {
      if (!isEvent(event, events.conditionChanged)) continue;
      const { spreader, component, failureMode, level, at, finding, reason } = event.data;
      const key = { spreader, component, code: failureMode };
      const call = callOf(level);
      if (call === 'clear') await this.desk.clear(tx, event, key, at, reason);
      if (call !== 'raise') continue;
      const risk = failureModes.get(failureMode)?.risk ?? 'undetermined';
      const title = titleOf(component, failureMode);
      await this.desk.raise(tx, event, key, { title, level, risk, finding, raisedAt: at, reason });
    }
    return done;
  }

  @OnEvents('device-alarms', 'da.telemetry')
  async onTelemetry(@Payload() { tx, events: batch }: EventBatch): Promise<Outcome> {
    await this.contacts.note(tx, batch);
    for (const event of batch) if (isEvent(event, events.deviceAlarmReceived)) await this.onDeviceAlarm(tx, event);
    return done;
  }

  private async onDeviceAlarm(
    tx: EventBatch['tx'],
    event: EventEnvelope<DataOf<typeof events.deviceAlarmReceived>>,
  ): Promise<void> {
    const { spreader, code, location, active, severity, text, at } = event.data;
    if (spreader === null) return;
    const key = { spreader, component: location ?? 'SPR', code };
    if (!active) return this.desk.clear(tx, event, key, at, 'The device says it is over.');
    if (callOf(severity) !== 'raise') return;
    await this.desk.raise(tx, event, key, {
      title: text || code,
      level: severity,
      risk: 'undetermined',
      finding: null,
      raisedAt: at,
      reason: `The device reports ${code}.`,
    });
  }
}

const titleOf = (component: string, failureMode: string): string =>
  `${componentWords(component)} ${failureModes.get(failureMode)?.title ?? failureMode}`;
