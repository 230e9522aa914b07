import { z } from 'zod';
import { defineEvent } from '../define-event';
import { conditionLevel, riskClass } from '../../condition';

const fact = { topic: 'alerting', owner: 'alerting', grade: 'fact' } as const;

export const alarmRaised = defineEvent({
  ...fact,
  type: 'alarm-raised',
  doc: 'An abnormal condition needs a timely response by a person.',
  versions: [
    z.strictObject({
      alarm: z.string(),
      spreader: z.string(),
      component: z.string(),
      /** What kind of alarm: failure mode id, device alarm code, or `silence`. */
      code: z.string(),
      title: z.string(),
      level: conditionLevel,
      risk: riskClass,
      finding: z.string().nullable(),
      raisedAt: z.number(),
      reason: z.string(),
      /** True when its cause was recorded too long ago to notify anybody. */
      late: z.boolean(),
    }),
  ],
});

export const alarmLevelChanged = defineEvent({
  ...fact,
  type: 'alarm-level-changed',
  doc: 'An active alarm became worse or milder.',
  versions: [
    z.strictObject({
      alarm: z.string(),
      level: conditionLevel,
      previous: conditionLevel,
      at: z.number(),
      reason: z.string(),
    }),
  ],
});

export const alarmAcknowledged = defineEvent({
  ...fact,
  type: 'alarm-acknowledged',
  doc: 'A person took the alarm.',
  versions: [z.strictObject({ alarm: z.string(), by: z.string(), at: z.number(), note: z.string().nullable() })],
});

export const alarmCleared = defineEvent({
  ...fact,
  type: 'alarm-cleared',
  doc: 'The condition returned to normal.',
  versions: [z.strictObject({ alarm: z.string(), at: z.number(), reason: z.string() })],
});

export const webhookEndpointRegistered = defineEvent({
  ...fact,
  type: 'webhook-endpoint-registered',
  doc: 'An organisation wants its alarms sent to this address. The signing secret is not part of the event.',
  versions: [
    z.strictObject({ endpoint: z.string(), url: z.string(), by: z.string() }),
    z.strictObject({ endpoint: z.string(), url: z.string(), by: z.string(), format: z.string() }),
  ],
  upcasts: [(data: object) => ({ ...data, format: 'cloudevents' })],
});

export const webhookSecretRotated = defineEvent({
  ...fact,
  type: 'webhook-secret-rotated',
  doc: 'Messages to an address are signed by a new secret, until a time also by the one before. No secret is part of the event.',
  versions: [z.strictObject({ endpoint: z.string(), by: z.string(), previousUntil: z.number() })],
});

export const webhookEndpointSwitchedOff = defineEvent({
  ...fact,
  type: 'webhook-endpoint-switched-off',
  doc: 'An address that does not take messages gets none any more, until it is switched on again.',
  versions: [z.strictObject({ endpoint: z.string(), at: z.number(), reason: z.string() })],
});

export const webhookEndpointSwitchedOn = defineEvent({
  ...fact,
  type: 'webhook-endpoint-switched-on',
  doc: 'An address gets messages again: somebody switched it on, or (null) it took one that was sent once more.',
  versions: [z.strictObject({ endpoint: z.string(), at: z.number(), by: z.string().nullable() })],
});

export const webhookEndpointRemoved = defineEvent({
  ...fact,
  type: 'webhook-endpoint-removed',
  doc: 'An address gets no more notifications.',
  versions: [z.strictObject({ endpoint: z.string(), by: z.string() })],
});

export const notificationSent = defineEvent({
  ...fact,
  type: 'notification-sent',
  doc: 'A channel accepted a notification.',
  versions: [
    z.strictObject({
      delivery: z.string(),
      endpoint: z.string(),
      alarm: z.string(),
      attempt: z.int(),
      at: z.number(),
      status: z.int(),
    }),
  ],
});

export const notificationFailed = defineEvent({
  ...fact,
  type: 'notification-failed',
  doc: 'A channel refused a notification or gave up on it.',
  versions: [
    z.strictObject({
      delivery: z.string(),
      endpoint: z.string(),
      alarm: z.string(),
      attempt: z.int(),
      at: z.number(),
      reason: z.string(),
      final: z.boolean(),
    }),
  ],
});
