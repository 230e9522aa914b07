import { z } from 'zod';
import { ticVersions } from '../tic40';
import { defineRoute } from './define-route';
import { pageOf, pageQuery, timeText } from './schemas';

/** How webhooks are written: CloudEvents 1.0, or TIC 4.0 of a release. */
export const webhookFormats = [
  'cloudevents',
  ...ticVersions.map((version) => `tic40-${version}` as const),
] as const satisfies readonly string[];

/** A format of webhooks. */
export type WebhookFormat = (typeof webhookFormats)[number];

const endpoint = z.strictObject({
  id: z.string(),
  url: z.string(),
  format: z.enum(webhookFormats),
  created_at: timeText,
  /** When it was switched off because it takes no messages, and why; null while messages are sent. */
  off_since: timeText.nullable(),
  off_reason: z.string().nullable(),
});

/** Addresses that get alarms, and what became of each message. */
export const webhookRoutes = {
  listWebhookEndpoints: defineRoute({
    id: 'listWebhookEndpoints',
    method: 'GET',
    path: '/v1/webhook-endpoints',
    service: 'alerting',
    permission: 'webhooks.read',
    summary: 'Addresses that get alarms.',
    query: z.strictObject({ ...pageQuery }),
    response: pageOf(endpoint),
  }),
  createWebhookEndpoint: defineRoute({
    id: 'createWebhookEndpoint',
    method: 'POST',
    path: '/v1/webhook-endpoints',
    service: 'alerting',
    permission: 'webhooks.write',
    summary: 'Send alarms to an address; the signing secret is shown once.',
    body: z.strictObject({ url: z.url(), format: z.enum(webhookFormats).default('cloudevents') }),
    response: z.strictObject({ id: z.string(), url: z.string(), format: z.enum(webhookFormats), secret: z.string() }),
    status: 201,
  }),
  getWebhookEndpoint: defineRoute({
    id: 'getWebhookEndpoint',
    method: 'GET',
    path: '/v1/webhook-endpoints/{id}',
    service: 'alerting',
    permission: 'webhooks.read',
    summary: 'One address that gets alarms.',
    response: endpoint,
  }),
  deleteWebhookEndpoint: defineRoute({
    id: 'deleteWebhookEndpoint',
    method: 'DELETE',
    path: '/v1/webhook-endpoints/{id}',
    service: 'alerting',
    permission: 'webhooks.write',
    summary: 'Stop sending alarms to an address.',
    changes: 'getWebhookEndpoint',
    response: z.strictObject({}),
  }),
  enableWebhookEndpoint: defineRoute({
    id: 'enableWebhookEndpoint',
    method: 'POST',
    path: '/v1/webhook-endpoints/{id}/enable',
    service: 'alerting',
    permission: 'webhooks.write',
    summary:
      'Send to an address again that was switched off: it answered 410, or the last five messages to it were given up.',
    response: endpoint,
  }),
  listDeliveries: defineRoute({
    id: 'listDeliveries',
    method: 'GET',
    path: '/v1/webhook-endpoints/{id}/deliveries',
    service: 'alerting',
    permission: 'webhooks.read',
    summary: 'Attempts to deliver to an address, newest first.',
    query: z.strictObject({ ...pageQuery }),
    response: pageOf(
      z.strictObject({
        id: z.string(),
        /** Null for a test message and for one about an incident. */
        alarm_id: z.string().nullable(),
        incident_id: z.string().nullable(),
        state: z.enum(['waiting', 'sent', 'failed']),
        attempts: z.int(),
        last_status: z.int().nullable(),
        last_error: z.string().nullable(),
        next_at: timeText.nullable(),
      }),
    ),
  }),
  rotateWebhookSecret: defineRoute({
    id: 'rotateWebhookSecret',
    method: 'POST',
    path: '/v1/webhook-endpoints/{id}/secret',
    service: 'alerting',
    permission: 'webhooks.write',
    summary: 'A new signing secret, shown once; for a day messages carry a signature by the old one too.',
    response: z.strictObject({ secret: z.string(), previous_until: timeText }),
    status: 201,
  }),
  testWebhookEndpoint: defineRoute({
    id: 'testWebhookEndpoint',
    method: 'POST',
    path: '/v1/webhook-endpoints/{id}/test',
    service: 'alerting',
    permission: 'webhooks.write',
    summary: 'Send a message that means nothing, in the format of the address and signed like every other.',
    response: z.strictObject({ delivery_id: z.string() }),
    status: 202,
  }),
  retryDelivery: defineRoute({
    id: 'retryDelivery',
    method: 'POST',
    path: '/v1/webhook-endpoints/{id}/deliveries/{delivery}/retry',
    service: 'alerting',
    permission: 'webhooks.write',
    summary: 'Send a message again that was given up.',
    response: z.strictObject({}),
    status: 202,
  }),
};
