import { incidentLevel } from '@quaywatch/contracts';
import { watchRules } from '@quaywatch/domain/audit';
import { z } from 'zod';

/** Configuration of audit-log; keys are environment variables. */
export const auditLogConfig = z.object({
  AUDIT_ORIGIN: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,100}$/)
    .default('quaywatch.local/audit')
    .describe(
      'Name of this installation in signed checkpoints, best a domain of its own; also the name of the signing key.',
    ),
  AUDIT_CHECKPOINT_SECONDS: z.coerce
    .number()
    .positive()
    .default(60)
    .describe('New entries are covered by a signed checkpoint after this many seconds at most.'),
  AUDIT_CHECKPOINT_ENTRIES: z.coerce
    .number()
    .int()
    .positive()
    .default(1000)
    .describe('A signed checkpoint is also made after this many entries.'),
  WATCH_LIMITS: z
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
    .pipe(
      z.partialRecord(
        z.enum(watchRules.map(({ id }) => id) as [string, ...string[]]),
        z.strictObject({
          level: incidentLevel.optional(),
          count: z.int().positive().optional(),
          within: z.number().nonnegative().optional(),
        }),
      ),
    )
    .describe(
      `Limits of the rules that open incidents, as JSON: {"probing": {"level": "high", "count": 50, "within": 600000}} (within in ms). Rules: ${watchRules.map(({ id }) => id).join(', ')}.`,
    ),
});

/** Parsed configuration of audit-log. */
export type AuditLogConfig = z.infer<typeof auditLogConfig>;
