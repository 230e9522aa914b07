import { z } from 'zod';
import { serviceNames, topicNames, type ServiceName } from '../topics';
import { defineRoute, type RouteDefinition } from './define-route';
import { pageOf, pageQuery, timeText } from './schemas';

/** What became of an event that was put aside. */
export const deadLetterState = z.enum(['waiting', 'released', 'discarded']);

/** An event that a consumer could not handle, as the list shows it. */
export const deadLetterSummary = z.strictObject({
  id: z.string(),
  consumer: z.string(),
  topic: z.string(),
  partition: z.int(),
  offset: z.int(),
  state: deadLetterState,
  /** Why it was put aside: the last failure. */
  reason: z.string(),
  /** How often the consumer has tried it. */
  attempts: z.int(),
  event_id: z.string().nullable(),
  type: z.string().nullable(),
  key: z.string().nullable(),
  put_aside_at: timeText,
  changed_at: timeText,
});

const deadLetter = deadLetterSummary.extend({
  /** The event as it stands in the log: never changed. */
  event: z.unknown(),
  /** What a release will hand over in its place. */
  replacement: z.unknown().nullable(),
  /** Where the failure came from, and the ids by which the chain of events can be followed. */
  trace: z.strictObject({
    stack: z.string().nullable(),
    correlation_id: z.string().nullable(),
    causation_id: z.string().nullable(),
    traceparent: z.string().nullable(),
  }),
  /** Who decided last, and why. */
  decided: z.strictObject({ by: z.string(), reason: z.string().nullable() }).nullable(),
});

const path = '/v1/services/{service}/dead-letters';
const common = { service: 'ingest', everyService: true } as const;

/** Dead letters: events put aside by a consumer, with their reason; nothing is ever dropped in silence. */
export const deadLetterRoutes = {
  listDeadLetters: defineRoute({
    ...common,
    id: 'listDeadLetters',
    method: 'GET',
    path,
    permission: 'dead_letters.read',
    summary: 'Events that a service could not handle, newest first.',
    query: z.strictObject({
      ...pageQuery,
      topic: z.enum(topicNames as [string, ...string[]]).optional(),
      consumer: z.string().optional(),
      state: deadLetterState.optional(),
    }),
    response: pageOf(deadLetterSummary),
  }),
  getDeadLetter: defineRoute({
    ...common,
    id: 'getDeadLetter',
    method: 'GET',
    path: `${path}/{id}`,
    permission: 'dead_letters.read',
    summary: 'One event put aside: as it was, why it failed, and its replacement.',
    response: deadLetter,
  }),
  editDeadLetter: defineRoute({
    ...common,
    id: 'editDeadLetter',
    method: 'PATCH',
    path: `${path}/{id}`,
    permission: 'dead_letters.write',
    summary: 'Correct the data of an event put aside. The log itself is not changed; organisation and key stay.',
    body: z.strictObject({
      /** The whole corrected event; null takes a correction back. */
      replacement: z.record(z.string(), z.unknown()).nullable(),
      reason: z.string().min(3).max(500),
    }),
    response: deadLetter,
  }),
  releaseDeadLetter: defineRoute({
    ...common,
    id: 'releaseDeadLetter',
    method: 'POST',
    path: `${path}/{id}/release`,
    permission: 'dead_letters.write',
    summary:
      'Hand an event put aside (or its replacement) to its consumer again. 409 with the reason when it fails again.',
    body: z.strictObject({ reason: z.string().min(3).max(500) }),
    response: deadLetter,
  }),
  discardDeadLetter: defineRoute({
    ...common,
    id: 'discardDeadLetter',
    method: 'POST',
    path: `${path}/{id}/discard`,
    permission: 'dead_letters.write',
    summary: 'Decide that an event put aside will not be handled. It stays readable.',
    body: z.strictObject({ reason: z.string().min(3).max(500) }),
    response: deadLetter,
  }),
} as const;

/** The service that answers a request: the one the route names, or the path parameter `service`. Undefined when there is no such one. */
export function ownerOf(route: RouteDefinition, params: Readonly<Record<string, string>>): ServiceName | undefined {
  if (!route.everyService) return route.service;
  return serviceNames.find((name) => name === params['service'] && name !== 'gateway');
}
