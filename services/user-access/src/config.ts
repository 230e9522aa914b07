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
    .describe(
      'The organisation of those who run the installation: the first administrator belongs to it when nobody says otherwise, and its audit trail tells of guesses at accounts and programs that are not there.',
    ),
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
  PASSWORDS_AT_ONCE: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(2)
    .describe('Passwords that are checked at once: each takes a core for about 25 ms and 19 MiB.'),
  PASSWORDS_WAITING: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe(
      'Sign-ins that may wait for that; more get 429. People who have signed in from the same address before wait in a line of their own, first.',
    ),
  PASSWORDS_WAIT_SECONDS: z.coerce
    .number()
    .positive()
    .max(9)
    .default(5)
    .describe('How long one waits at most, s; then it gets 429. The gateway waits 10 s for an answer.'),
  PASSWORDS_NICE: z.coerce
    .number()
    .int()
    .min(0)
    .max(19)
    .default(5)
    .describe(
      'How far checking a password stands back behind all other work where the person has not signed in from that address before: 0 not at all, 19 wherever others leave something (Linux: the nice value of its threads).',
    ),
  FORGET_AFTER_DAYS: z.coerce
    .number()
    .int()
    .min(0)
    .default(365)
    .describe('Name, e-mail and factors of people who were shut out so many days ago are erased; 0 = never.'),
  PRINT_SETUP_LINK: flag
    .default(false)
    .describe("Writes the first administrator's set-up link to standard output at each start until it was used."),
});

/** Parsed configuration of user-access. */
export type UserAccessConfig = z.infer<typeof userAccessConfig>;
