import { z } from 'zod';
import { settingScope, settingValue } from '../../setting';
import { defineEvent } from '../define-event';

const fact = { topic: 'condition', owner: 'condition-analysis', grade: 'fact' } as const;

export const settingsProposed = defineEvent({
  ...fact,
  type: 'settings-proposed',
  doc: 'Somebody wants settings of the analysis to be otherwise for a model, a site or an asset; nothing has changed yet.',
  versions: [
    z.strictObject({
      edit: z.string(),
      scope: settingScope,
      /** The type, model, terminal or spreader; null for the whole organisation. */
      of: z.string().nullable(),
      /** Null = not set here: what is set further up holds. */
      changes: z
        .array(z.strictObject({ setting: z.string(), before: settingValue.nullable(), value: settingValue.nullable() }))
        .min(1),
      reason: z.string(),
      by: z.string(),
      at: z.number(),
      /** The edit that this one takes back; null = none. */
      reverts: z.string().nullable(),
    }),
  ],
});

export const settingsDecided = defineEvent({
  ...fact,
  type: 'settings-decided',
  doc: 'Proposed settings hold for data from this time on, or were turned down.',
  versions: [
    z.strictObject({
      edit: z.string(),
      outcome: z.enum(['approved', 'rejected']),
      by: z.string(),
      at: z.number(),
      reason: z.string(),
    }),
  ],
});

export const findingJudged = defineEvent({
  ...fact,
  type: 'finding-judged',
  doc: 'A technician says what was found; it supersedes what was said of the same finding before.',
  versions: [
    z.strictObject({
      finding: z.string(),
      spreader: z.string(),
      failureMode: z.string(),
      verdict: z.enum(['confirmed', 'not_found', 'other_cause']),
      /** What it was, where it was something else: a failure mode of the catalogue, and the component. */
      found: z.strictObject({ failureMode: z.string().nullable(), component: z.string().nullable() }).nullable(),
      note: z.string().nullable(),
      by: z.string(),
      at: z.number(),
    }),
  ],
});

export const findingProgressed = defineEvent({
  ...fact,
  type: 'finding-progressed',
  doc: 'People took a recommendation, planned it, turned it down, or say that it is repaired: then the data must prove it.',
  versions: [
    z.strictObject({
      finding: z.string(),
      spreader: z.string(),
      state: z.enum(['accepted', 'planned', 'repaired', 'rejected']),
      /** When: of a plan, the time it is planned for; of a repair, when it ended. */
      when: z.number(),
      note: z.string().nullable(),
      by: z.string(),
      at: z.number(),
    }),
    z.strictObject({
      finding: z.string(),
      spreader: z.string(),
      state: z.enum(['accepted', 'planned', 'repaired', 'rejected']),
      when: z.number(),
      /** Of a repair: a part was exchanged, so that its normal is learned anew. */
      exchanged: z.boolean(),
      note: z.string().nullable(),
      by: z.string(),
      at: z.number(),
    }),
  ],
  upcasts: [(old: object) => ({ ...old, exchanged: false })],
});
