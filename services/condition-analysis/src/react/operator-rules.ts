import type { EventEnvelope, RuleText } from '@quaywatch/contracts';
import {
  runRules,
  type Assessment,
  type ConditionSettings,
  type OperatorRule,
  type RuleOn,
  type SpreaderState,
  type Statement,
} from '@quaywatch/domain/condition';
import type { Queryable } from '@quaywatch/ports';
import { compileRule } from '../rules/cel';

/** Rules that are or were on, by organisation, and the models of the spreaders. */
export interface OperatorRules {
  readonly byOrg: ReadonlyMap<string, readonly RuleOn[]>;
  readonly models: ReadonlyMap<string, string>;
}

interface Row extends Record<string, unknown> {
  org: string;
  rule: string;
  version: number;
  text: RuleText;
  from_at: number;
  to_at: number | null;
}

/** A version never changes, so it is compiled once. */
const compiled = new Map<string, OperatorRule | undefined>();

/** Reads the rules of the organisations of a batch. What is on is decided by the time of the data, not of reading. */
export async function readOperatorRules(q: Queryable, batch: readonly EventEnvelope[]): Promise<OperatorRules> {
  const orgs = [...new Set(batch.map(({ org }) => org))];
  const rows = await q.query<Row>(
    'select org, rule, version, text, from_at, to_at from rule_period where org = any($1) order by rule, version, from_at',
    [orgs],
  );
  const byOrg = new Map<string, RuleOn[]>();
  for (const { org, rule, version, text, from_at: from, to_at: to } of rows) {
    const key = `${rule} ${version}`;
    if (!compiled.has(key)) compiled.set(key, compileRule(rule, version, text));
    const ready = compiled.get(key);
    if (ready) byOrg.set(org, [...(byOrg.get(org) ?? []), { rule: ready, from, to }]);
  }
  if (byOrg.size === 0) return { byOrg, models: new Map() };
  const models = await q.query<{ spreader: string; model: string }>(
    'select spreader, model from fleet_spreader where org = any($1)',
    [[...byOrg.keys()]],
  );
  return { byOrg, models: new Map(models.map(({ spreader, model }) => [spreader, model])) };
}

/** What operators' rules say of a frame. Changes `state`. */
export function sayByRules(
  settings: ConditionSettings,
  rules: OperatorRules,
  state: SpreaderState,
  { samples, moves }: Pick<Assessment, 'samples' | 'moves'>,
): Statement[] {
  const on = rules.byOrg.get(state.org);
  if (!on) return [];
  const runs = state.operatorRules ?? {};
  const said = runRules(settings, on, rules.models.get(state.spreader) ?? '', state, runs, { samples, moves });
  if (Object.keys(runs).length > 0) state.operatorRules = runs;
  else delete state.operatorRules;
  return said;
}
