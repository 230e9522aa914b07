import { z } from 'zod';
import { ruleText } from '../../rule';
import { defineEvent } from '../define-event';

const fact = { topic: 'condition', owner: 'condition-analysis', grade: 'fact' } as const;

export const stopRecorded = defineEvent({
  ...fact,
  type: 'stop-recorded',
  doc: 'A technician recorded a stop of a spreader; it supersedes what was recorded of the same stop before.',
  versions: [
    z.strictObject({
      stop: z.string(),
      spreader: z.string(),
      from: z.number(),
      to: z.number().nullable(),
      cause: z.enum(['equipment', 'operator', 'container', 'crane', 'power', 'planned']),
      ending: z.enum(['repair', 'reset', 'spreader_change', 'none']),
      /** What a repetition has in common with it: a component or a failure mode. */
      rootCause: z.string(),
      /** Parts of the time, min; null when it was not split. */
      times: z
        .strictObject({
          response: z.number(),
          diagnosis: z.number(),
          parts: z.number(),
          repair: z.number(),
          test: z.number(),
        })
        .nullable(),
      note: z.string().nullable(),
      by: z.string(),
      at: z.number(),
    }),
  ],
});

export const ruleDrafted = defineEvent({
  ...fact,
  type: 'rule-drafted',
  doc: 'An operator wrote a new version of a rule; it is not evaluated before somebody else approves it.',
  versions: [z.strictObject({ rule: z.string(), version: z.int(), text: ruleText, by: z.string(), at: z.number() })],
});

export const ruleApproved = defineEvent({
  ...fact,
  type: 'rule-approved',
  doc: 'Somebody other than its author approved a version of a rule: it is evaluated on data from this time on.',
  versions: [
    z.strictObject({ rule: z.string(), version: z.int(), by: z.string(), at: z.number(), reason: z.string() }),
  ],
});

export const ruleSwitchedOff = defineEvent({
  ...fact,
  type: 'rule-switched-off',
  doc: 'A rule is no longer evaluated on data from this time on; its history stays.',
  versions: [z.strictObject({ rule: z.string(), by: z.string(), at: z.number(), reason: z.string() })],
});

export const componentFitted = defineEvent({
  ...fact,
  type: 'component-fitted',
  doc: 'A component with a serial number was fitted to a position of a spreader.',
  versions: [
    z.strictObject({
      kind: z.enum(['twistlock']),
      serial: z.string(),
      spreader: z.string(),
      /** Component code of the position, e.g. `TL[3]`. */
      position: z.string(),
      at: z.number(),
      by: z.string(),
      /** Lock cycles it had before it was first known here. */
      cyclesBefore: z.int().nonnegative(),
      note: z.string().nullable(),
    }),
  ],
});

export const componentRemoved = defineEvent({
  ...fact,
  type: 'component-removed',
  doc: 'A component with a serial number was taken off a spreader.',
  versions: [
    z.strictObject({
      kind: z.enum(['twistlock']),
      serial: z.string(),
      spreader: z.string(),
      position: z.string(),
      at: z.number(),
      by: z.string(),
      reason: z.string(),
      /** True when it must not be used again. */
      scrapped: z.boolean(),
    }),
  ],
});
