import { z } from 'zod';
import { defineEvent } from '../define-event';

/** One audit event: who did what to which thing, and how it ended. Only pseudonymous ids, no free personal data. */
export const auditEntry = z.strictObject({
  class: z.enum(['authentication', 'authorisation', 'privileged', 'configuration', 'data-access', 'device', 'system']),
  actor: z.strictObject({ kind: z.enum(['user', 'client', 'service', 'device', 'anonymous']), id: z.string() }),
  /** Imperative, dot-separated, e.g. `alarm.acknowledge`. */
  action: z.string(),
  target: z.strictObject({ kind: z.string(), id: z.string() }),
  outcome: z.enum(['success', 'refused', 'failure']),
  reason: z.string().nullable(),
  /** Network address the request came from, when there was one. */
  address: z.string().nullable(),
  at: z.number(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
});

/** One audit event. */
export type AuditEntry = z.infer<typeof auditEntry>;

export const auditRecorded = defineEvent({
  type: 'audit-recorded',
  topic: 'audit',
  owner: 'any',
  grade: 'telemetry',
  doc: 'Something that must be provable later happened; audit-log puts it into the hash chain.',
  versions: [auditEntry],
});
