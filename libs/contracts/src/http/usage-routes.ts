import { z } from 'zod';
import { defineRoute } from './define-route';
import { timeText } from './schemas';

const counts = {
  requests: z.int(),
  /** Answers 4xx but 429. */
  client_errors: z.int(),
  /** Answers 5xx. */
  server_errors: z.int(),
  /** Answers 429. */
  throttled: z.int(),
  last_at: timeText,
};

const usage = z.strictObject({
  /** The program. */
  id: z.string(),
  from: z.iso.date(),
  to: z.iso.date(),
  total: z.strictObject({ ...counts, last_at: timeText.nullable() }),
  /** Days of UTC with calls, oldest first. */
  by_day: z.array(z.strictObject({ day: z.iso.date(), ...counts })),
  /** Operations that were called, by name. */
  by_operation: z.array(z.strictObject({ operation: z.string(), ...counts })),
});

/** Days of UTC, both included; by default the last thirty. */
const query = z.strictObject({
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  /** Only this operation (`operationId`). */
  operation: z.string().min(1).max(100).optional(),
});

const service = 'user-access' as const;

/** What programs have called. Counted at the gateway and told within half a minute; calls of people are not counted. */
export const usageRoutes = {
  getApiClientUsage: defineRoute({
    id: 'getApiClientUsage',
    method: 'GET',
    path: '/v1/api-clients/{id}/usage',
    service,
    permission: 'access.read',
    summary: 'What a program has called: requests, errors and refusals for being too many, by day and by operation.',
    query,
    response: usage,
  }),
  getOwnUsage: defineRoute({
    id: 'getOwnUsage',
    method: 'GET',
    path: '/v1/me/usage',
    service,
    permission: null,
    summary: 'The same for the program that asks. For a person there is nothing to tell.',
    query,
    response: usage,
  }),
};
