import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { describeError, hours, minutes, seconds, type Duration } from '@quaywatch/kernel';
import type { Clock, DeliveryResult, NotificationChannel, ViewStore } from '@quaywatch/ports';
import type { AuditTrail, Logger } from '@quaywatch/runtime';
import { noticeText } from './notice-text';
import type { NoticeKind } from './notices';

/** Pauses after failed attempts; then it is given up: an old warning helps nobody. */
const pauses: readonly Duration[] = [seconds(30), minutes(5), minutes(30), hours(2), hours(6), hours(12)];
/** How long a mail belongs to the worker that took it; longer than the channel's own time limits. */
const lease = minutes(5);
const most = 10;

type Due = {
  org: string;
  id: string;
  user_id: string;
  kind: NoticeKind;
  at: number;
  address: string | null;
  user_agent: string | null;
  attempts: number;
  email: string | null;
};

/**
 * Sends waiting notices by mail, at least once, always with the same message id. Who was forgotten meanwhile gets none.
 * Where nothing sends mail there is no job.
 */
export class NoticeMailJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private cancel: (() => void) | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly channel: NotificationChannel | undefined,
    private readonly parts: { readonly audit: AuditTrail; readonly logger: Logger; readonly publicUrl: string },
    private readonly every: Duration = seconds(2),
  ) {}

  onApplicationBootstrap(): void {
    if (this.channel) this.plan(this.channel);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.cancel?.();
    await this.running;
  }

  private plan(channel: NotificationChannel): void {
    this.cancel = this.clock.after(this.every, () => {
      this.running = this.turn(channel)
        .catch((error: unknown) =>
          this.parts.logger.warn({ reason: describeError(error) }, 'notices could not be sent; they are kept'),
        )
        .finally(() => {
          if (!this.stopped) this.plan(channel);
        });
    });
  }

  private async turn(channel: NotificationChannel): Promise<void> {
    const due = await this.take();
    await Promise.all(due.map((one) => this.send(channel, one)));
  }

  private take(): Promise<Due[]> {
    const now = this.clock.now();
    return this.store.transact((tx) =>
      tx.query<Due>(
        `with due as (
           select id from notice_mail where next_at <= $1 and (leased_until is null or leased_until <= $1)
           order by next_at limit $3 for update skip locked)
         update notice_mail m set leased_until = $2 from due where m.id = due.id
         returning m.org, m.id, m.user_id, m.kind, m.at, m.address, m.user_agent, m.attempts,
           (select email from person p where p.user_id = m.user_id) as email`,
        [now, now + lease, most],
      ),
    );
  }

  private async send(channel: NotificationChannel, due: Due): Promise<void> {
    const { kind, at, address, user_agent: userAgent } = due;
    const accountUrl = `${this.parts.publicUrl}/account`;
    const payload = noticeText({ kind, at, address, userAgent, accountUrl });
    const timestamp = Math.floor(this.clock.now() / 1000);
    const result: DeliveryResult =
      due.email === null
        ? { kind: 'failed', recoverable: false, reason: 'they have no address' }
        : await channel.deliver({ address: due.email, secret: '' }, { id: due.id, timestamp, payload });
    const pause = result.kind === 'failed' && result.recoverable ? pauses[due.attempts] : undefined;
    await this.store.transact(async (tx) => {
      if (pause !== undefined) {
        await tx.query(
          'update notice_mail set attempts = attempts + 1, next_at = $2, leased_until = null where id = $1 and attempts = $3',
          [due.id, this.clock.now() + pause, due.attempts],
        );
        return;
      }
      const gone = await tx.query('delete from notice_mail where id = $1 and attempts = $2 returning 1', [
        due.id,
        due.attempts,
      ]);
      if (gone.length === 0 || result.kind === 'accepted') return;
      await this.parts.audit.within(tx, {
        org: due.org,
        class: 'system',
        actor: { kind: 'service', id: 'user-access' },
        action: 'notice.mail',
        target: { kind: 'user', id: due.user_id },
        outcome: 'failure',
        // Without the server's words, which may hold the address.
        reason: result.status === undefined ? 'given up' : `the mail server answered ${result.status}`,
        detail: { kind },
      });
    });
  }
}
