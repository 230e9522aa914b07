import { z } from 'zod';

/** Configuration of condition-analysis; keys are environment variables. */
export const conditionConfig = z.object({
  NO_DATA_AFTER_MINUTES: z.coerce
    .number()
    .positive()
    .default(15)
    .describe('A spreader whose newest sample is older than this is shown as "no data", never as healthy.'),
  STATE_FRAME_DAYS: z.coerce
    .number()
    .positive()
    .default(90)
    .describe(
      'How long states (locked, landed, …) are kept as they changed, for replay; after it only their moves are.',
    ),
  LATE_HOURS: z.coerce
    .number()
    .min(0)
    .max(48)
    .default(8)
    .describe(
      'Data that come up to so late correct earlier moves, figures and findings; frames and states of this time are kept. 0: late data count from where they come.',
    ),
});

/** Parsed configuration of condition-analysis. */
export type ConditionConfig = z.infer<typeof conditionConfig>;
