import { z } from 'zod';

/** How bad it is: `act_now` stop or fix within this shift, `plan` within 7 days, `watch` changing, `no_data` we don't know. */
export const conditionLevel = z.enum(['ok', 'watch', 'plan', 'act_now', 'no_data']);

/** Level of condition. */
export type ConditionLevel = z.infer<typeof conditionLevel>;

/** Class of a finding, as maintenance people in ports know it (Konecranes "Risk and Recommendation"). */
export const riskClass = z.enum(['safety', 'production', 'undetermined', 'improvement']);

/** One indicator that speaks for a finding, with what it was compared to. */
export const evidence = z.strictObject({
  /** Feature or signal id, e.g. `tl[1].lockTime`. */
  signal: z.string(),
  /** UCUM unit. */
  unit: z.string(),
  value: z.number().nullable(),
  /** Own baseline, null when none is learnt yet. */
  baseline: z.number().nullable(),
  /** The limit that was passed. */
  limit: z.number().nullable(),
  /** Window of the data, ms UTC. */
  from: z.number(),
  to: z.number(),
  /** Number of samples or moves in the window. */
  count: z.number(),
  /** One sentence for people. */
  text: z.string(),
});

/** One indicator that speaks for a finding. */
export type Evidence = z.infer<typeof evidence>;

/** Where an output comes from: block of ISO 13374, what made it in which version, and what it was made of. */
export const provenance = z.strictObject({
  block: z.enum(['DA', 'DM', 'SD', 'HA', 'PA', 'AG']),
  algorithm: z.string(),
  version: z.string(),
  inputs: z.array(z.string()),
});

/** Where an output comes from. */
export type Provenance = z.infer<typeof provenance>;

/** A cause that a finding may have; the probabilities of a finding add up to 1. */
export const cause = z.strictObject({
  /** Failure mode of the catalogue; null = something that is not in it. */
  failureMode: z.string().nullable(),
  component: z.string(),
  title: z.string(),
  probability: z.number(),
});

/** A cause that a finding may have. */
export type Cause = z.infer<typeof cause>;

/** A recommendation as it was before it had several causes. */
export const adviceSchemaV1 = z.strictObject({
  finding: z.string(),
  spreader: z.string(),
  component: z.string(),
  failureMode: z.string(),
  title: z.string(),
  level: conditionLevel,
  risk: riskClass,
  confidence: z.number(),
  firstSeenAt: z.number(),
  updatedAt: z.number(),
  evidence: z.array(evidence),
  actions: z.array(z.string()),
  parts: z.array(z.string()),
  skills: z.array(z.string()),
  repairHours: z.number(),
  riskHours: z.number(),
  verification: z.string(),
  provenance: z.strictObject({
    block: z.literal('AG'),
    algorithm: z.string(),
    version: z.string(),
    inputs: z.array(z.string()),
  }),
});

/** Range of a figure: ends of an interval and its middle; `high` null = there may be no end. */
const range = z.strictObject({ low: z.number(), middle: z.number(), high: z.number().nullable() });

/** How long until an indicator that gets worse reaches its limit "act now" (ISO 13374 block PA), or why that is not said. */
export const remainingLife = z.strictObject({
  /** Indicator that is expected to be the first. */
  signal: z.string(),
  unit: z.string(),
  limit: z.number(),
  /** Lifts from the last observation on, and times, ms UTC, at the pace on record; null = not said. */
  lifts: range.nullable(),
  at: range.nullable(),
  /** Share of true times within low … high, 0..1. */
  coverage: z.number(),
  /** Points of the course that it comes from, and their window, ms UTC. */
  points: z.int().nonnegative(),
  from: z.number(),
  to: z.number(),
  /** Why nothing is said: too few points, no sure trend, an end too far off, too many bad data; null = it is. */
  why: z.enum(['too_few', 'no_trend', 'too_far', 'incomplete']).nullable(),
  provenance,
});

/** How long until an indicator that gets worse reaches its limit. */
export type RemainingLife = z.infer<typeof remainingLife>;

/** Old recommendations have the one cause that they named, and the rest of the probability. */
export const adviceFromV1 = (old: z.infer<typeof adviceSchemaV1>): z.infer<typeof adviceSchemaV2> => ({
  ...old,
  causes: [
    { failureMode: old.failureMode, component: old.component, title: old.title, probability: old.confidence },
    {
      failureMode: null,
      component: old.component,
      title: 'Another cause',
      probability: Math.round((1 - old.confidence) * 100) / 100,
    },
  ],
  reopened: { times: 0, because: null, at: null },
});

/** A recommendation as it was before it said how long it has. */
export const adviceSchemaV2 = z.strictObject({
  finding: z.string(),
  spreader: z.string(),
  component: z.string(),
  failureMode: z.string(),
  title: z.string(),
  level: conditionLevel,
  risk: riskClass,
  /** Probability of the cause, 0..1. */
  confidence: z.number(),
  firstSeenAt: z.number(),
  updatedAt: z.number(),
  evidence: z.array(evidence),
  actions: z.array(z.string()),
  parts: z.array(z.string()),
  skills: z.array(z.string()),
  /** Hours of work. */
  repairHours: z.number(),
  /** Expected crane hours lost in 7 days if nothing is done. */
  riskHours: z.number(),
  /** Which data will prove the repair. */
  verification: z.string(),
  /** What it may come from, the likeliest first; the finding's own failure mode is among them. */
  causes: z.array(cause).min(1),
  /** How often it was opened again, and why and when the last time. */
  reopened: z.strictObject({
    times: z.int().nonnegative(),
    because: z.enum(['came_back', 'repair_not_proved']).nullable(),
    at: z.number().nullable(),
  }),
  /** ISO 13374 provenance: block, algorithm and its version, and inputs. */
  provenance: z.strictObject({
    block: z.literal('AG'),
    algorithm: z.string(),
    version: z.string(),
    inputs: z.array(z.string()),
  }),
});

/** Nobody had worked out how long an old recommendation had. */
export const adviceFromV2 = (old: z.infer<typeof adviceSchemaV2>): Advice => ({ ...old, remainingLife: null });

/** A recommendation: what is wrong, how sure, what to do, with what, how long it has, and how the data will prove the repair. */
export const adviceSchema = adviceSchemaV2.extend({
  /** Time until it must be acted on; null = it must be already, or it does not get worse step by step. */
  remainingLife: remainingLife.nullable(),
});

/** A recommendation. */
export type Advice = z.infer<typeof adviceSchema>;

/** Health of one component with its reasons; points are what each reason takes off 100. */
export const componentHealth = z.strictObject({
  component: z.string(),
  level: conditionLevel,
  score: z.number().nullable(),
  reasons: z.array(z.strictObject({ text: z.string(), points: z.number(), failureMode: z.string().nullable() })),
});

/** Health of one component with its reasons. */
export type ComponentHealth = z.infer<typeof componentHealth>;

/** What a move carried. */
export const moveClass = z.enum([
  'single20',
  'single30',
  'single40',
  'single45',
  'twin2x20',
  'hatch_cover',
  'empty_cycle',
  'unknown',
]);

/** A move as it was before it said by which model it was made. */
export const moveRecordV1 = z.strictObject({
  /** Deterministic: spreader and time of lock. */
  move: z.string(),
  spreader: z.string(),
  startedAt: z.number(),
  lockedAt: z.number().nullable(),
  endedAt: z.number(),
  class: moveClass,
  result: z.enum(['completed', 'aborted', 'incomplete']),
  boxes: z.int().nonnegative(),
  teu: z.number(),
  /** Load in t while carried, null when not measured. */
  load: z.number().nullable(),
  /** Feature id → value in the catalogue's unit. */
  features: z.record(z.string(), z.number()),
});

/** A move of a spreader, release to release (TIC 4.0 cycle), with its features. */
export const moveRecord = moveRecordV1.extend({
  class: z.enum([...moveClass.options, 'maintenance']),
  /** Name of the model of the analysis that made it (ISO 13374 block DM); null = it was not noted. */
  model: z.string().nullable(),
});

/** A move with its features. */
export type MoveRecord = z.infer<typeof moveRecord>;
