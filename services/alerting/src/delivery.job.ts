import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { pauseAfter } from '@quaywatch/domain/alerts';
import { days, describeError, Fault, hours, keyId, seconds, type Duration, type Instant } from '@quaywatch/kernel';
import type { Clock, DeliveryResult, NotificationChannel, StoreTransaction, ViewStore } from '@quaywatch/ports';
import type { AuditTrail, Logger } from '@quaywatch/runtime';
import { recordWebhook, revisionOf } from './webhooks';

/** How long a delivery belongs to the worker that took it; longer than any channel's own time limit. */
const lease = seconds(60);
const most = 32;
/** HTTP 410: the receiver wants nothing more. */
const gone = 410;
/** Messages given up one after the other, each after days of trying, until an address is switched off. */
const mostGivenUp = 5;
/** How long it can be looked up what became of a notification. */
const keepFor = days(30);

type Due = {
  org: string;
  delivery: string;
  endpoint: string;
  alarm: string;
  payload: string;
  attempts: number;
  url: string;
  secret: string;
  created_at: number;
};

/**
 * Sends what waits in `delivery`: at least once, always with the same id. A worker that dies between sending and noting
 * it leaves its lease, after which the same delivery is sent again; receivers drop ids they have seen.
 */
export class DeliveryJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private cancel: (() => void) | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  private prunedAt: Instant = -Infinity;

  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly channel: NotificationChannel,
    private readonly logger: Logger,
    private readonly audit: AuditTrail,
    private readonly every: Duration = seconds(1),
  ) {}

  onApplicationBootstrap(): void {
    this.plan();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.cancel?.();
    await this.running;
  }

  /** Sends everything that is due; endpoints side by side, the deliveries of one in order. */
  async work(): Promise<void> {
    while (!this.stopped) {
      const due = await this.take();
      if (due.length === 0) return;
      const byEndpoint = new Map<string, Due[]>();
      for (const delivery of due)
        byEndpoint.set(delivery.endpoint, [...(byEndpoint.get(delivery.endpoint) ?? []), delivery]);
      await Promise.all([...byEndpoint.values()].map((deliveries) => this.sendInOrder(deliveries)));
    }
  }

  /** Forgets what was sent or given up long ago, once an hour, so that the table stays bounded. */
  async prune(): Promise<void> {
    const now = this.clock.now();
    if (now - this.prunedAt < hours(1)) return;
    await this.store.transact((tx) =>
      tx.query(`delete from delivery where state <> 'waiting' and created_at < $1`, [now - keepFor]),
    );
    this.prunedAt = now;
  }

  private async take(): Promise<Due[]> {
    const now = this.clock.now();
    return this.store.transact(async (tx) => {
      const rows = await tx.query<Due>(
        `with due as (
           select delivery from delivery
           where state = 'waiting' and next_at <= $1 and (leased_until is null or leased_until <= $1)
           order by next_at, created_at, delivery limit $3 for update skip locked)
         update delivery d set leased_until = $2
         from due, webhook_target t
         where d.delivery = due.delivery and t.endpoint = d.endpoint
         returning d.org, d.delivery, d.endpoint, d.alarm, d.payload, d.attempts, t.url, d.created_at,
           case when t.previous_until > $1 then t.secret || ' ' || t.previous_secret else t.secret end as secret`,
        [now, now + lease, most],
      );
      return rows.sort((a, b) => a.created_at - b.created_at);
    });
  }

  private async sendInOrder(deliveries: readonly Due[]): Promise<void> {
    const until = this.clock.now() + lease / 2;
    for (const delivery of deliveries) {
      // A slow receiver may use up the lease: the rest is left to the next round, nothing is sent outside a lease.
      if (this.stopped || this.clock.now() > until) await this.giveBack(delivery);
      else await this.send(delivery);
    }
  }

  private async send(due: Due): Promise<void> {
    const notification = {
      id: due.delivery,
      timestamp: Math.floor(this.clock.now() / 1000),
      payload: JSON.parse(due.payload) as unknown,
    };
    const result = await this.channel.deliver({ address: due.url, secret: due.secret }, notification);
    await this.store.transact((tx) => this.note(tx, due, result));
  }

  private async giveBack(due: Due): Promise<void> {
    await this.store.transact((tx) =>
      tx.query(`update delivery set leased_until = null where delivery = $1 and state = 'waiting'`, [due.delivery]),
    );
  }

  private async note(tx: StoreTransaction, due: Due, result: DeliveryResult): Promise<void> {
    const now = this.clock.now();
    const attempt = due.attempts + 1;
    const accepted = result.kind === 'accepted';
    const [chance = 0] = this.clock.random(1);
    const pause = accepted || !result.recoverable ? undefined : pauseAfter(attempt, chance / 255);
    const state = accepted ? 'sent' : pause === undefined ? 'failed' : 'waiting';
    const updated = await tx.query(
      `update delivery set state = $2, attempts = $3, last_status = $4, last_error = $5, next_at = $6, leased_until = null
       where delivery = $1 and state = 'waiting' and attempts = $7 returning 1`,
      [
        due.delivery,
        state,
        attempt,
        result.status ?? null,
        accepted ? null : result.reason,
        pause === undefined ? null : now + pause,
        due.attempts,
      ],
    );
    // The address was removed meanwhile, or another worker has noted the same attempt.
    if (updated.length === 0) return;
    if (state !== 'waiting') await this.judge(tx, due, result, now);
    const common = { delivery: due.delivery, endpoint: due.endpoint, alarm: due.alarm, attempt, at: now };
    const outcome = await tx.facts.append(`delivery-${due.delivery}`, due.attempts, [
      {
        id: keyId('event', due.delivery, attempt),
        type: accepted ? 'notification-sent' : 'notification-failed',
        v: 1,
        org: due.org,
        key: due.alarm,
        time: now,
        data: accepted
          ? { ...common, status: result.status }
          : { ...common, reason: result.reason, final: state === 'failed' },
      },
    ]);
    if (outcome.kind === 'conflict')
      throw new Fault('DELIVERY_CHANGED', `${due.delivery} was noted at the same time`, { retryable: true });
  }

  /** An address that takes nothing is switched off: one that says it is gone at once, else after some given up in a row. */
  private async judge(tx: StoreTransaction, due: Due, result: DeliveryResult, now: Instant): Promise<void> {
    const { org, endpoint } = due;
    if (result.kind === 'accepted') {
      const [before] = await tx.query<{ off: boolean }>(
        'select off_since is not null as off from webhook_target where endpoint = $1 and given_up > 0 for update',
        [endpoint],
      );
      if (!before) return;
      await tx.query(
        'update webhook_target set given_up = 0, off_since = null, off_reason = null where endpoint = $1',
        [endpoint],
      );
      // One that takes a message somebody sent again is on again, too.
      if (before.off) await this.tell(tx, due, 'webhook-endpoint-switched-on', { endpoint, at: now, by: null });
      return;
    }
    const switched = await tx.query<{ off: boolean }>(
      `update webhook_target set given_up = given_up + 1,
         off_since = case when $2 or given_up + 1 >= $3 then coalesce(off_since, $4) end,
         off_reason = case when $2 or given_up + 1 >= $3 then $5 end
       where endpoint = $1 and off_since is null returning off_since is not null as off`,
      [endpoint, result.status === gone, mostGivenUp, now, result.reason],
    );
    if (!switched[0]?.off) return;
    await this.tell(tx, due, 'webhook-endpoint-switched-off', { endpoint, at: now, reason: result.reason });
    await tx.query(
      `update delivery set state = 'failed', last_error = 'the address was switched off', next_at = null, leased_until = null
       where endpoint = $1 and state = 'waiting'`,
      [endpoint],
    );
    await this.audit.within(tx, {
      org,
      class: 'system',
      actor: { kind: 'service', id: 'alerting' },
      action: 'webhook.switch-off',
      target: { kind: 'webhook', id: endpoint },
      outcome: 'success',
      reason: result.reason,
    });
  }

  private async tell(
    tx: StoreTransaction,
    { org, endpoint }: Due,
    type: 'webhook-endpoint-switched-off' | 'webhook-endpoint-switched-on',
    data: { readonly endpoint: string; readonly at: Instant; readonly reason?: string; readonly by?: null },
  ): Promise<void> {
    const expected = await revisionOf(tx, endpoint);
    const id = keyId('event', endpoint, expected);
    await recordWebhook(tx, expected, { id, type, org, endpoint, time: data.at, data });
  }

  private plan(): void {
    if (this.stopped) return;
    this.cancel = this.clock.after(this.every, () => {
      this.running = this.work()
        .then(() => this.prune())
        .catch((error: unknown) =>
          this.logger.warn({ reason: describeError(error) }, 'notifications could not be sent'),
        )
        .finally(() => this.plan());
    });
  }
}
