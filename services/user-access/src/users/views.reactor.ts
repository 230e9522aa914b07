import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { events, isEvent } from '@quaywatch/contracts';
import { done, type Outcome } from '@quaywatch/kernel';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';
import { applyClientFact } from '../clients/clients';
import { applyUserFact } from './account-view';

/** Keeps the views `account` and `api_client` (own facts) and `organisation` (facts of fleet). */
@Controller()
export class ViewsReactor {
  @OnEvents('accounts', 'access')
  async accounts(@Payload() batch: EventBatch): Promise<Outcome> {
    for (const event of batch.events) {
      if (event.type.startsWith('client-')) await applyClientFact(batch.tx, event);
      else await applyUserFact(batch.tx, event);
    }
    return done;
  }

  @OnEvents('organisations', 'fleet')
  async organisations(@Payload() batch: EventBatch): Promise<Outcome> {
    for (const event of batch.events) {
      if (!isEvent(event, events.organisationCreated)) continue;
      await batch.tx.query(
        'insert into organisation (org, name) values ($1, $2) on conflict (org) do update set name = $2',
        [event.data.organisation, event.data.name],
      );
    }
    return done;
  }
}
