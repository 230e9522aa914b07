import { roleName, roleScope } from '@quaywatch/contracts';
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
  SIGNING_KEY_DAYS: z.coerce
    .number()
    .positive()
    .default(30)
    .describe('How long a key of the OpenID provider signs; the next one is published a day before it takes over.'),
  EXTERNAL_GROUP_ROLES: z
    .string()
    .default('{}')
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(z.record(z.string(), z.strictObject({ role: roleName, scope: roleScope })))
    .describe(
      'Roles by group of another OpenID provider, as JSON: {"group": {"role": "viewer", "scope": "organisation"}}. People of such a group join ORGANISATION at their first sign-in.',
    ),
  LEAKED_PASSWORDS_FILE: z
    .string()
    .optional()
    .describe(
      'A list of leaked passwords on disk (lines `<SHA-1>:<count>` ordered by hash, as Have I Been Pwned gives it): none of them is accepted. The commonest ones never are.',
    ),
  PRINT_SETUP_LINK: flag
    .default(false)
    .describe("Writes the first administrator's set-up link to standard output at each start until it was used."),
});

/** Parsed configuration of user-access. */
export type UserAccessConfig = z.infer<typeof userAccessConfig>;
