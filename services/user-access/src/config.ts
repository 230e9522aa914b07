import { flag, publicUrl } from '@quaywatch/runtime';
import { z } from 'zod';

/** Configuration of user-access; keys are environment variables. */
export const userAccessConfig = z.object({
  PUBLIC_URL: publicUrl
    .default('http://localhost:8080')
    .describe('Where people reach the gateway; the issuer is this + `/oidc`.'),
  ORGANISATION: z
    .string()
    .min(1)
    .default('org_default')
    .describe('The organisation that the first administrator belongs to when nobody says otherwise.'),
  SECOND_FACTOR: z
    .enum(['required', 'offered', 'off'])
    .default('required')
    .describe('Second factor at sign-in (passkey or authenticator app) where an organisation has not set its own.'),
  PRINT_SETUP_LINK: flag
    .default(false)
    .describe("Writes the first administrator's set-up link to standard output at each start until it was used."),
});

/** Parsed configuration of user-access. */
export type UserAccessConfig = z.infer<typeof userAccessConfig>;
