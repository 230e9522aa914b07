import { z } from 'zod';

/** Configuration of fleet; keys are environment variables. */
export const fleetConfig = z.object({
  ORGANISATION: z
    .string()
    .regex(/^org_[A-Za-z0-9_-]{1,60}$/)
    .default('org_default')
    .describe('Id of the organisation that fleet makes at its first start.'),
  ORGANISATION_NAME: z.string().min(1).max(100).default('Demo terminals').describe('Name of that organisation.'),
});

/** Parsed configuration of fleet. */
export type FleetConfig = z.infer<typeof fleetConfig>;
