/** A message to people or systems outside; `id` is the same on every attempt, receivers drop what they have seen. */
export interface Notification {
  readonly id: string;
  /** Unix seconds at the time of the attempt. */
  readonly timestamp: number;
  readonly payload: unknown;
}

/** Where a channel sends; the secret is read at the time of sending, never logged. */
export interface NotificationTarget {
  readonly address: string;
  readonly secret: string;
}

/** The channel's answer: only it knows whether trying again can help; when to try again is not its business. */
export type DeliveryResult =
  | { readonly kind: 'accepted'; readonly status: number }
  | { readonly kind: 'failed'; readonly recoverable: boolean; readonly reason: string; readonly status?: number };

/** A way out for notifications. Never throws; gives up after its own time limit. */
export interface NotificationChannel {
  readonly name: string;
  deliver(target: NotificationTarget, notification: Notification): Promise<DeliveryResult>;
}
