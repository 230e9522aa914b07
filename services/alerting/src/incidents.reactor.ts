import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { events, isEvent, type EventEnvelope } from '@quaywatch/contracts';
import { done, keyId, toIso, type Outcome } from '@quaywatch/kernel';
import type { StoreTransaction } from '@quaywatch/ports';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';

/**
 * Tells the addresses of an organisation of security incidents: at once when one is opened, and when somebody has judged
 * that people at machines can be in danger. In CloudEvents only: TIC 4.0 has no words for it.
 */
@Controller()
export class IncidentsReactor {
  @OnEvents('incident-news', 'incidents')
  async onIncidents(@Payload() { tx, events: batch }: EventBatch): Promise<Outcome> {
    for (const event of batch) {
      if (isEvent(event, events.incidentOpened)) {
        const { title, level, source, rule, about } = event.data;
        await this.tell(tx, event, event.data.incident, 'incident.opened', { title, level, source, rule, about });
      } else if (isEvent(event, events.incidentAssessed) && event.data.peopleAtRisk !== 'no') {
        const { peopleAtRisk, level } = event.data;
        await this.tell(tx, event, event.data.incident, 'incident.people_at_risk', {
          people_at_risk: peopleAtRisk,
          level,
        });
      }
    }
    return done;
  }

  private async tell(
    tx: StoreTransaction,
    event: EventEnvelope,
    incident: string,
    type: string,
    data: object,
  ): Promise<void> {
    const time = toIso(event.time);
    const head = { specversion: '1.0', id: event.id, type, source: '/incidents', subject: incident, time };
    const payload = JSON.stringify({
      ...{ ...head, timestamp: time, datacontenttype: 'application/json' },
      data: { id: incident, ...data },
    });
    const endpoints = await tx.query<{ endpoint: string }>(
      `select endpoint from webhook_target where organisation = $1 and format = 'cloudevents' and off_since is null order by endpoint`,
      [event.org],
    );
    for (const { endpoint } of endpoints)
      await tx.query(
        `insert into delivery (org, delivery, endpoint, alarm, payload, state, attempts, next_at, created_at)
         values ($1, $2, $3, $4, $5, 'waiting', 0, $6, $6) on conflict do nothing`,
        [event.org, keyId('delivery', endpoint, event.id), endpoint, incident, payload, event.time],
      );
  }
}
