import { z } from 'zod';
import { defineRoute } from './define-route';
import { timeText } from './schemas';
import { provenance } from '../condition';

const service = 'condition-analysis' as const;

const precision = z.strictObject({
  /** Findings raised in the period, and how many were raised again after they were closed. */
  raised: z.int(),
  reopened: z.int(),
  /** Findings of which technicians said what it was. */
  judged: z.int(),
  confirmed: z.int(),
  other_cause: z.int(),
  not_found: z.int(),
  /** Confirmed of judged, and its two-sided 90 % interval (Clopper and Pearson); null while nothing is judged. */
  precision: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** Right that something was wrong (confirmed or another cause) of judged. */
  useful: z.number().nullable(),
});

/** Operations on recommendations: what people do with them and found, how often they were right, and where they come from. */
export const adviceRoutes = {
  progressFinding: defineRoute({
    id: 'progressFinding',
    method: 'POST',
    path: '/v1/findings/{id}/progress',
    service,
    permission: 'alarms.write',
    summary:
      'Take a recommendation, plan it, turn it down (with the reason), or say that it is repaired: then the data must prove it.',
    body: z.strictObject({
      state: z.enum(['accepted', 'planned', 'repaired', 'rejected']),
      /** Of a plan, when; of a repair, when it ended. Now when absent. */
      when: timeText.optional(),
      /** Of a repair: a part was exchanged. Once the data prove it, what is normal for it is learned anew. */
      exchanged: z.boolean().optional(),
      note: z.string().min(1).max(500).optional(),
    }),
    response: z.strictObject({ id: z.string() }),
  }),
  judgeFinding: defineRoute({
    id: 'judgeFinding',
    method: 'POST',
    path: '/v1/findings/{id}/verdict',
    service,
    permission: 'alarms.write',
    summary: 'Say what was found: as said, nothing, or something else. It counts for the published precision.',
    body: z.strictObject({
      verdict: z.enum(['confirmed', 'not_found', 'other_cause']),
      /** With `other_cause`: what it was, where the catalogue has it. */
      failure_mode: z.string().max(16).optional(),
      component: z.string().max(32).optional(),
      note: z.string().min(1).max(500).optional(),
    }),
    response: z.strictObject({ id: z.string() }),
  }),
  getPrecision: defineRoute({
    id: 'getPrecision',
    method: 'GET',
    path: '/v1/precision',
    service,
    permission: 'findings.read',
    summary: 'How often recommendations were right, as technicians judged them, in all and by failure mode.',
    query: z.strictObject({
      from: timeText,
      to: timeText,
      terminal: z.string().optional(),
      model: z.string().optional(),
    }),
    response: z.strictObject({
      from: timeText,
      to: timeText,
      all: precision,
      modes: z.array(precision.extend({ failure_mode: z.string(), title: z.string() })),
    }),
  }),
  traceFinding: defineRoute({
    id: 'traceFinding',
    method: 'GET',
    path: '/v1/findings/{id}/trace',
    service,
    permission: 'findings.read',
    summary:
      'From the recommendation down to raw samples (blocks AG, HA, SD, DM, DA of ISO 13374): what each step made of what, with algorithm and version.',
    response: z.strictObject({
      finding_id: z.string(),
      spreader_id: z.string(),
      steps: z.array(
        z.strictObject({
          ...provenance.shape,
          /** What came out of this step, in words. */
          output: z.string(),
          from: timeText,
          to: timeText,
          /** The settings that decided, with their origin. */
          settings: z.array(z.strictObject({ id: z.string(), value: z.string(), origin: z.string() })),
          /** What it was made of and can be looked at: kind, id, and the operation that gives it. */
          items: z.array(
            z.strictObject({
              kind: z.enum(['finding', 'indicator', 'move', 'feature', 'minutes', 'frame']),
              id: z.string(),
              at: timeText.nullable(),
              value: z.number().nullable(),
              /** Path of the API that gives it. */
              href: z.string().nullable(),
            }),
          ),
          /** True when there are more items than are listed. */
          truncated: z.boolean(),
        }),
      ),
    }),
  }),
} as const;
