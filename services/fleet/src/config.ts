import { z } from 'zod';

const organisation = z.string().regex(/^org_[A-Za-z0-9_-]{1,60}$/);

/** Configuration of fleet; keys are environment variables. */
export const fleetConfig = z.object({
  ORGANISATION: organisation
    .default('org_default')
    .describe('Id of the organisation that fleet makes at its first start.'),
  ORGANISATION_NAME: z.string().min(1).max(100).default('Demo terminals').describe('Name of that organisation.'),
  SANDBOX_ORGANISATION: organisation
    .optional()
    .describe(
      'Id of the organisation that is the sandbox of partners, made at the first start; without it there is none.',
    ),
});

/** Parsed configuration of fleet. */
export type FleetConfig = z.infer<typeof fleetConfig>;
