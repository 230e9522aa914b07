import type { DeliveryResult, Notification, NotificationChannel, NotificationTarget } from './notification-channel';

/** One attempt that a fake channel saw. */
export interface FakeDelivery {
  readonly target: NotificationTarget;
  readonly notification: Notification;
}

/** A NotificationChannel that keeps what it is given and answers as told; accepts (200) unless told otherwise. */
export class FakeNotificationChannel implements NotificationChannel {
  readonly delivered: FakeDelivery[] = [];
  /** Answers by address; an address that is not here accepts. */
  readonly answers = new Map<string, DeliveryResult>();

  constructor(readonly name: string = 'fake') {}

  async deliver(target: NotificationTarget, notification: Notification): Promise<DeliveryResult> {
    this.delivered.push({ target, notification: structuredClone(notification) });
    return this.answers.get(target.address) ?? { kind: 'accepted', status: 200 };
  }
}
