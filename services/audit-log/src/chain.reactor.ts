import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { events, isEvent, type AuditEntry, type EventEnvelope } from '@quaywatch/contracts';
import { done, type Outcome } from '@quaywatch/kernel';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';
import { extendChain } from './extend-chain';

/** Puts every audit event into the chain of its organisation. */
@Controller()
export class ChainReactor {
  @OnEvents('chain', 'audit')
  async onAudit(@Payload() { tx, events: batch }: EventBatch): Promise<Outcome> {
    const byOrganisation = new Map<string, EventEnvelope<AuditEntry>[]>();
    for (const event of batch) {
      if (!isEvent(event, events.auditRecorded)) continue;
      const list = byOrganisation.get(event.org) ?? [];
      list.push(event);
      byOrganisation.set(event.org, list);
    }
    // Sorted, so that two batches never wait for each other's heads.
    const organisations = [...byOrganisation].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [org, list] of organisations) await extendChain(tx, org, list);
    return done;
  }
}
