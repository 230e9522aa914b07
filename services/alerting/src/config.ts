import { z } from 'zod';

/** Configuration of alerting; keys are environment variables. */
export const alertingConfig = z.object({
  ALERTING_LATE_AFTER_MINUTES: z.coerce
    .number()
    .positive()
    .default(15)
    .describe('What happened longer ago than this is recorded with its true time but notifies nobody.'),
  ALERTING_SILENCE_AFTER_MINUTES: z.coerce
    .number()
    .positive()
    .default(10)
    .describe('A unit that was lost and not heard for this long raises the alarm `silence`.'),
});

/** Parsed configuration of alerting. */
export type AlertingConfig = z.infer<typeof alertingConfig>;
