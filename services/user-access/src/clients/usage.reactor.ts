import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { events, isEvent } from '@quaywatch/contracts';
import { done, type Outcome } from '@quaywatch/kernel';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';

/** Keeps the view `api_usage`. A count belongs to the day on which the gateway told it. */
@Controller()
export class UsageReactor {
  @OnEvents('usage', 'usage')
  async used(@Payload() { tx, events: batch }: EventBatch): Promise<Outcome> {
    for (const event of batch) {
      if (!isEvent(event, events.apiUsed)) continue;
      const { client, lastAt, operations } = event.data;
      await tx.query(
        `insert into api_usage (org, client, day, operation, requests, client_errors, server_errors, throttled, last_at)
         select $1, $2, (to_timestamp($3::float8 / 1000) at time zone 'UTC')::date, u.operation, u.requests, u.client_errors, u.server_errors, u.throttled, $4
         from jsonb_to_recordset($5::jsonb) as u(operation text, requests bigint, client_errors bigint, server_errors bigint, throttled bigint)
         on conflict (client, day, operation) do update set
           requests = api_usage.requests + excluded.requests,
           client_errors = api_usage.client_errors + excluded.client_errors,
           server_errors = api_usage.server_errors + excluded.server_errors,
           throttled = api_usage.throttled + excluded.throttled,
           last_at = greatest(api_usage.last_at, excluded.last_at)`,
        [
          event.org,
          client,
          event.time,
          lastAt,
          JSON.stringify(
            operations.map(({ operation, requests, clientErrors, serverErrors, throttled }) => ({
              operation,
              requests,
              client_errors: clientErrors,
              server_errors: serverErrors,
              throttled,
            })),
          ),
        ],
      );
    }
    return done;
  }
}
