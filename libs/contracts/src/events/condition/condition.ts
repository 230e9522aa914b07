import { z } from 'zod';
import { defineEvent } from '../define-event';
import {
  adviceFromV1,
  adviceFromV2,
  adviceSchema,
  adviceSchemaV1,
  adviceSchemaV2,
  componentHealth,
  conditionLevel,
  moveRecord,
  moveRecordV1,
  provenance,
} from '../../condition';

const unknownOrigin = { version: '', inputs: [] } as const;

const changeV1 = z.strictObject({
  spreader: z.string(),
  component: z.string(),
  failureMode: z.string(),
  level: conditionLevel,
  previous: conditionLevel,
  at: z.number(),
  finding: z.string(),
  reason: z.string(),
});

const healthV1 = z.strictObject({
  spreader: z.string(),
  at: z.number(),
  level: conditionLevel,
  score: z.number().nullable(),
  completeness: z.number(),
  components: z.array(componentHealth),
  model: z.string(),
});

export const moveCompleted = defineEvent({
  type: 'move-completed',
  topic: 'dm.moves',
  owner: 'condition-analysis',
  grade: 'telemetry',
  doc: 'A move (or an aborted or incomplete one) ended, with its features.',
  versions: [moveRecordV1, moveRecord],
  upcasts: [(old: object) => ({ ...old, model: null })],
});

export const moveWithdrawn = defineEvent({
  type: 'move-withdrawn',
  topic: 'dm.moves',
  owner: 'condition-analysis',
  grade: 'telemetry',
  doc: 'Data that came late showed that a move was not as it was told: it is not any more. Moves that are otherwise than told come again as `move-completed` with the same `move`.',
  versions: [z.strictObject({ move: z.string(), spreader: z.string(), endedAt: z.number(), reason: z.string() })],
});

export const conditionChanged = defineEvent({
  type: 'condition-changed',
  topic: 'condition',
  owner: 'condition-analysis',
  grade: 'fact',
  doc: 'A failure mode of a component changed its level.',
  versions: [changeV1, changeV1.extend({ provenance })],
  upcasts: [
    (old: z.infer<typeof changeV1>) => ({
      ...old,
      provenance: { block: 'HA', algorithm: old.failureMode.toLowerCase(), ...unknownOrigin },
    }),
  ],
});

export const adviceRaised = defineEvent({
  type: 'advice-raised',
  topic: 'condition',
  owner: 'condition-analysis',
  grade: 'fact',
  doc: 'A recommendation was given, or given again: failure mode, component, causes, action, parts and evidence.',
  versions: [adviceSchemaV1, adviceSchemaV2, adviceSchema],
  upcasts: [adviceFromV1, adviceFromV2],
});

export const adviceUpdated = defineEvent({
  type: 'advice-updated',
  topic: 'condition',
  owner: 'condition-analysis',
  grade: 'fact',
  doc: 'An open recommendation changed its level or evidence.',
  versions: [adviceSchemaV1, adviceSchemaV2, adviceSchema],
  upcasts: [adviceFromV1, adviceFromV2],
});

export const adviceClosed = defineEvent({
  type: 'advice-closed',
  topic: 'condition',
  owner: 'condition-analysis',
  grade: 'fact',
  doc: 'A recommendation was closed: the data show recovery.',
  versions: [z.strictObject({ finding: z.string(), spreader: z.string(), at: z.number(), reason: z.string() })],
});

export const healthAssessed = defineEvent({
  type: 'health-assessed',
  topic: 'ha.health',
  owner: 'condition-analysis',
  grade: 'telemetry',
  doc: 'Health of a spreader changed; score null = not enough data (never shown as healthy).',
  versions: [healthV1, healthV1.extend({ provenance })],
  upcasts: [
    (old: z.infer<typeof healthV1>) => ({
      ...old,
      provenance: { block: 'HA', algorithm: `health-index@${old.model}`, ...unknownOrigin },
    }),
  ],
});
