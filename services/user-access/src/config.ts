import { flag, publicUrl } from '@quaywatch/runtime';
import { z } from 'zod';

/** Configuration of user-access; keys are environment variables. */
export const userAccessConfig = z.object({
  /** Where people reach the gateway; the issuer is this + `/oidc`. */
  PUBLIC_URL: publicUrl.default('http://localhost:8080'),
  /** The organisation that the first administrator belongs to when nobody says otherwise. */
  ORGANISATION: z.string().min(1).default('org_main'),
  /** Writes the first administrator's set-up link to standard output at each start until it was used. */
  PRINT_SETUP_LINK: flag.default(false),
});

/** Parsed configuration of user-access. */
export type UserAccessConfig = z.infer<typeof userAccessConfig>;
