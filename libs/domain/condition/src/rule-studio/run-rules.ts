import type { Advice, Evidence, FailureMode, MoveRecord } from '@quaywatch/contracts';
import { findSignal } from '@quaywatch/contracts';
import { findingId, riskHours } from '../advice/advise';
import type { Statement } from '../judge';
import type { Step } from '../limits/limit';
import type { ConditionSettings } from '../settings';
import type { ModeState, SpreaderState } from '../state';
import {
  feedRule,
  freshRun,
  isFor,
  type OperatorRule,
  type RuleChange,
  type RuleInput,
  type RuleRun,
} from './operator-rule';

/** A rule and the time of data for which it is on, ms; `to` null = it is on. */
export interface RuleOn {
  readonly rule: OperatorRule;
  readonly from: number;
  readonly to: number | null;
}

/** Runs of rules by rule id, kept with the state of the spreader. */
export type RuleRuns = Record<string, RuleRun>;

const steps: Readonly<Record<string, Step>> = { watch: 1, plan: 2, act_now: 3 };

/**
 * Works samples and moves of a frame into the rules that are on, and says what follows as built-in rules do: condition
 * changed, advice raised or closed. A rule that is no longer on, or has a new version, takes back what it said. Decided
 * by time of data only, so a rebuild says the same. Changes `runs` and `state`.
 */
export function runRules(
  settings: ConditionSettings,
  rules: readonly RuleOn[],
  model: string,
  state: SpreaderState,
  runs: RuleRuns,
  given: { readonly samples: readonly RuleInput[]; readonly moves: readonly MoveRecord[] },
): Statement[] {
  const out: Statement[] = [];
  const inputs = [...given.samples, ...given.moves.map(({ endedAt, features }) => ({ at: endedAt, features }))].sort(
    (a, b) => a.at - b.at,
  );
  const until = inputs.at(-1)?.at;
  if (until === undefined) return out;
  for (const on of rules) {
    const { rule } = on;
    if (!isFor(rule.text, state.spreader, model)) continue;
    for (const input of inputs) {
      if (input.at < on.from || (on.to !== null && input.at >= on.to)) continue;
      let run = runs[rule.rule];
      if (run && run.version !== rule.version) {
        if (run.open) settle(settings, rule, state, { at: input.at, open: false, values: {} }, out);
        run = undefined;
      }
      runs[rule.rule] = run ??= freshRun(rule.version);
      const change = feedRule(rule, run, input);
      if (change) settle(settings, rule, state, change, out);
    }
  }
  for (const [id, run] of Object.entries(runs)) {
    const on = rules.filter(({ rule }) => rule.rule === id);
    if (on.some(({ from, to }) => from <= until && (to === null || until < to))) continue;
    const last = on.find(({ rule }) => rule.version === run.version);
    if (run.open && last) settle(settings, last.rule, state, { at: until, open: false, values: {} }, out);
    if (last || !run.open) delete runs[id];
  }
  return out;
}

function settle(
  settings: ConditionSettings,
  rule: OperatorRule,
  state: SpreaderState,
  change: RuleChange,
  out: Statement[],
): void {
  const { text } = rule;
  const key = `${rule.rule} ${text.component}`;
  const mode: ModeState = (state.modes[key] ??= {
    failureMode: rule.rule,
    component: text.component,
    step: 0,
    severity: 0,
    findings: 0,
    open: false,
    firstSeenAt: 0,
    said: { at: 0, severity: 0, confidence: 0, revision: 0 },
  });
  const { spreader } = state;
  if (change.open === mode.open) return;
  if (change.open) {
    mode.findings += 1;
    mode.firstSeenAt = change.at;
  }
  mode.open = change.open;
  mode.step = change.open ? (steps[text.level] ?? 1) : 0;
  mode.severity = mode.step;
  const finding = findingId(spreader, text.component, rule.rule, mode.findings);
  const reason = change.open ? sentence(rule, change) : 'The rule does not hold any more, or it was switched off.';
  out.push({
    kind: 'condition-changed',
    expected: state.conditionRevision++,
    change: {
      spreader,
      component: text.component,
      failureMode: rule.rule,
      level: change.open ? text.level : 'ok',
      previous: change.open ? 'ok' : text.level,
      at: change.at,
      finding,
      reason,
      provenance: {
        block: 'HA',
        algorithm: `operator-rule/${rule.rule}`,
        version: String(rule.version),
        inputs: [...rule.signals],
      },
    },
  });
  if (change.open) {
    mode.said = { at: change.at, severity: mode.severity, confidence: sure, revision: 1 };
    out.push({
      kind: 'advice-raised',
      expected: 0,
      advice: adviceOf(settings, rule, spreader, finding, mode.step, change),
    });
  } else out.push({ kind: 'advice-closed', expected: mode.said.revision++, finding, spreader, at: change.at, reason });
}

/** Nobody knows yet how often an operator's rule is right. */
const sure = 0.5;

function adviceOf(
  settings: ConditionSettings,
  rule: OperatorRule,
  spreader: string,
  finding: string,
  step: Step,
  change: RuleChange,
): Advice {
  const { text } = rule;
  const mode = { leadHours: [24, 168], repairHours: text.repairHours } as unknown as FailureMode;
  const verdict = { component: text.component, step, severity: step, confidence: sure, since: change.at, evidence: [] };
  return {
    finding,
    spreader,
    component: text.component,
    failureMode: rule.rule,
    title: text.name,
    level: text.level,
    risk: text.risk,
    confidence: sure,
    firstSeenAt: change.at,
    updatedAt: change.at,
    evidence: evidenceOf(rule, change),
    actions: [text.action],
    parts: [],
    skills: [],
    repairHours: text.repairHours,
    riskHours: riskHours(settings, mode, verdict),
    causes: [
      { failureMode: rule.rule, component: text.component, title: text.name, probability: sure },
      { failureMode: null, component: text.component, title: 'Another cause', probability: 1 - sure },
    ],
    reopened: { times: 0, because: null, at: null },
    remainingLife: null,
    verification: `The rule does not hold in ${text.hold} evaluations in a row.`,
    provenance: {
      block: 'AG',
      algorithm: `operator-rule/${rule.rule}`,
      version: String(rule.version),
      inputs: [...rule.signals],
    },
  };
}

const evidenceOf = (rule: OperatorRule, { at, values }: RuleChange): Evidence[] =>
  Object.entries(values).map(([signal, value]) => ({
    signal,
    unit: findSignal(signal)?.unit ?? '1',
    value: typeof value === 'number' ? Number(value.toPrecision(6)) : typeof value === 'boolean' ? Number(value) : null,
    baseline: null,
    limit: null,
    from: at - rule.text.hold * 60_000,
    to: at,
    count: rule.text.hold,
    text: `${signal}: ${typeof value === 'number' ? Number(value.toPrecision(4)) : value}`,
  }));

const sentence = (rule: OperatorRule, change: RuleChange): string =>
  `${rule.text.name}: ${evidenceOf(rule, change)
    .map(({ text }) => text)
    .join(', ')}`;
