import { events, isEvent } from '@quaywatch/contracts';
import type { EventBatch } from '@quaywatch/runtime';

/** Projects what organisations demand to the table of consumer `condition-access`. */
export async function projectPolicy({ events: batch, tx }: Pick<EventBatch, 'events' | 'tx'>): Promise<void> {
  for (const event of batch)
    if (isEvent(event, events.accessPolicySet))
      await tx.query(
        `insert into organisation_policy (org, four_eyes) values ($1, $2)
         on conflict (org) do update set four_eyes = excluded.four_eyes`,
        [event.org, event.data.fourEyes],
      );
}
