import { z } from 'zod';

/** Configuration of condition-analysis; keys are environment variables. */
export const conditionConfig = z.object({
  NO_DATA_AFTER_MINUTES: z.coerce
    .number()
    .positive()
    .default(15)
    .describe('A spreader whose newest sample is older than this is shown as "no data", never as healthy.'),
});

/** Parsed configuration of condition-analysis. */
export type ConditionConfig = z.infer<typeof conditionConfig>;
