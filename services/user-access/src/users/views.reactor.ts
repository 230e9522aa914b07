import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { events, isEvent } from '@quaywatch/contracts';
import { done, type Outcome } from '@quaywatch/kernel';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';
import { applyAuthorityFact } from '../authority/authority-view';
import { applyClientFact } from '../clients/clients';
import { applyUserFact } from './account-view';

const userFacts = new Set([
  'user-invited',
  'user-registered',
  'role-granted',
  'role-revoked',
  'user-disabled',
  'user-enabled',
]);

/** Keeps the views `account` and `api_client` (own facts) and `organisation` (facts of fleet). */
@Controller()
export class ViewsReactor {
  @OnEvents('accounts', 'access')
  async accounts(@Payload() batch: EventBatch): Promise<Outcome> {
    for (const event of batch.events) {
      if (event.type.startsWith('client-')) await applyClientFact(batch.tx, event);
      else if (userFacts.has(event.type)) await applyUserFact(batch.tx, event);
      else await applyAuthorityFact(batch.tx, event);
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
