import { z } from 'zod';
import { defineEvent } from '../define-event';
import { adviceSchema, conditionLevel, componentHealth, moveRecord } from '../../condition';

export const moveCompleted = defineEvent({
  type: 'move-completed',
  topic: 'dm.moves',
  owner: 'condition-analysis',
  grade: 'telemetry',
  doc: 'A move (or an aborted or incomplete one) ended, with its features.',
  versions: [moveRecord],
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
  versions: [
    z.strictObject({
      spreader: z.string(),
      component: z.string(),
      failureMode: z.string(),
      level: conditionLevel,
      previous: conditionLevel,
      at: z.number(),
      finding: z.string(),
      reason: z.string(),
    }),
  ],
});

export const adviceRaised = defineEvent({
  type: 'advice-raised',
  topic: 'condition',
  owner: 'condition-analysis',
  grade: 'fact',
  doc: 'A recommendation was given: failure mode, component, action, parts and evidence.',
  versions: [adviceSchema],
});

export const adviceUpdated = defineEvent({
  type: 'advice-updated',
  topic: 'condition',
  owner: 'condition-analysis',
  grade: 'fact',
  doc: 'An open recommendation changed its level or evidence.',
  versions: [adviceSchema],
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
  versions: [
    z.strictObject({
      spreader: z.string(),
      at: z.number(),
      level: conditionLevel,
      score: z.number().nullable(),
      completeness: z.number(),
      components: z.array(componentHealth),
      model: z.string(),
    }),
  ],
});
