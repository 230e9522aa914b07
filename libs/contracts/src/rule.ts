import { z } from 'zod';

/** One comparison of the JSON form of a rule: a signal of the catalogue, how, and with what. */
export const ruleCondition = z.strictObject({
  signal: z.string().min(1).max(64),
  op: z.enum(['<', '<=', '>', '>=', '==', '!=']),
  value: z.union([z.number(), z.boolean(), z.string().max(64)]),
});

/** The JSON form of a rule: all or any of some comparisons. It is turned into the expression. */
export const ruleForm = z.strictObject({
  match: z.enum(['all', 'any']),
  conditions: z.array(ruleCondition).min(1).max(20),
});

/** The JSON form of a rule. */
export type RuleForm = z.infer<typeof ruleForm>;

/** What an operator writes: when it holds, and what to say then. */
export const ruleText = z.strictObject({
  name: z.string().min(1).max(80),
  /** CEL expression that is true when something is wrong. */
  expression: z.string().min(1).max(1000),
  /** The form it was written in; null = it was written as an expression. */
  form: ruleForm.nullable(),
  /** Component code the finding is about, e.g. `HYD.P`. */
  component: z.string().min(1).max(32),
  level: z.enum(['watch', 'plan', 'act_now']),
  risk: z.enum(['safety', 'production', 'undetermined', 'improvement']),
  /** It must hold this many evaluations in a row before a finding opens, and not hold as many before it closes. */
  hold: z.int().min(1).max(1000),
  action: z.string().min(1).max(300),
  repairHours: z.number().min(0).max(100),
  /** Models and spreaders it is for; empty = all. */
  models: z.array(z.string().max(100)).max(50),
  spreaders: z.array(z.string().max(64)).max(200),
});

/** What an operator writes. */
export type RuleText = z.infer<typeof ruleText>;
