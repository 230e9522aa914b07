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

/** A recommendation: what is wrong, how sure, what to do, with what, and how the data will prove the repair. */
export const adviceSchema = z.strictObject({
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
  /** ISO 13374 provenance: block, algorithm and its version, and inputs. */
  provenance: z.strictObject({
    block: z.literal('AG'),
    algorithm: z.string(),
    version: z.string(),
    inputs: z.array(z.string()),
  }),
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

/** A move of a spreader, release to release (TIC 4.0 cycle), with its features. */
export const moveRecord = z.strictObject({
  /** Deterministic: spreader and time of lock. */
  move: z.string(),
  spreader: z.string(),
  startedAt: z.number(),
  lockedAt: z.number().nullable(),
  endedAt: z.number(),
  class: z.enum(['single20', 'single30', 'single40', 'single45', 'twin2x20', 'hatch_cover', 'empty_cycle', 'unknown']),
  result: z.enum(['completed', 'aborted', 'incomplete']),
  boxes: z.int().nonnegative(),
  teu: z.number(),
  /** Load in t while carried, null when not measured. */
  load: z.number().nullable(),
  /** Feature id → value in the catalogue's unit. */
  features: z.record(z.string(), z.number()),
});

/** A move with its features. */
export type MoveRecord = z.infer<typeof moveRecord>;
