import { z } from 'zod';
import { defineEvent } from '../define-event';

const count = z.int().nonnegative();

/** Counts only: no address, no path, no id of anything that was asked for. */
export const apiUsed = defineEvent({
  type: 'api-used',
  topic: 'usage',
  owner: 'gateway',
  grade: 'telemetry',
  doc: 'What a program has called since the last such event of one gateway, by operation.',
  versions: [
    z.strictObject({
      client: z.string(),
      /** When the newest of these calls was answered, ms UTC. */
      lastAt: z.number(),
      operations: z.array(
        z.strictObject({
          /** `operationId` of the API. */
          operation: z.string(),
          requests: count,
          /** Answers 4xx but 429. */
          clientErrors: count,
          /** Answers 5xx. */
          serverErrors: count,
          /** Answers 429. */
          throttled: count,
        }),
      ),
    }),
  ],
});
