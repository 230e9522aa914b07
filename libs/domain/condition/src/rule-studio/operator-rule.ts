import type { RuleText } from '@quaywatch/contracts';

/** Value of a signal now; undefined when it is not known. */
export type LookUpValue = (signal: string) => number | boolean | string | undefined;

/** An operator's rule ready to be evaluated; the evaluator of its language is given from outside. */
export interface OperatorRule {
  readonly rule: string;
  readonly version: number;
  readonly text: RuleText;
  /** Signals it reads. */
  readonly signals: readonly string[];
  /** `move` when it reads features of moves. */
  readonly per: 'minute' | 'move';
  /** Undefined when a signal it needs is not known: then nothing is concluded. */
  readonly holds: (look: LookUpValue) => boolean | undefined;
}

/** Something that a rule can see: a sample, or a move that ended with its features. In order of time. */
export type RuleInput =
  | { readonly at: number; readonly signal: string; readonly value: number | boolean | string | null }
  | { readonly at: number; readonly features: Readonly<Record<string, number>> };

/** What evaluating a rule on one asset remembers: JSON, bounded by the signals of the rule. */
export interface RuleRun {
  version: number;
  /** Minute under way, ms; null before the first sample. */
  minute: number | null;
  /** Sums of the minute under way: count and sum. */
  sums: Record<string, [number, number]>;
  /** Newest value of each signal and its time. */
  last: Record<string, [number | boolean | string, number]>;
  /** Evaluations in a row that held, or that did not. */
  held: number;
  clear: number;
  open: boolean;
  /** Evaluations, and those where something was unknown. */
  evaluations: number;
  unknown: number;
}

/** A rule that opened or closed on an asset. */
export interface RuleChange {
  readonly at: number;
  readonly open: boolean;
  /** Values that it saw. */
  readonly values: Readonly<Record<string, number | boolean | string>>;
}

const minute = 60_000;

/** A value older than this says nothing about now, ms. */
export const ruleMemory = 10 * minute;

/** A rule that has seen nothing yet. */
export const freshRun = (version: number): RuleRun => ({
  version,
  minute: null,
  sums: {},
  last: {},
  held: 0,
  clear: 0,
  open: false,
  evaluations: 0,
  unknown: 0,
});

/**
 * Works one input into a rule: a rule per minute is evaluated when a minute is over, on the means of that minute; a rule
 * per move on the features of the move and the newest values. Samples of a minute that is over are too late. The live
 * evaluation and the back-test both call this. Changes `run`; gives the change, if there is one.
 */
export function feedRule(rule: OperatorRule, run: RuleRun, input: RuleInput): RuleChange | null {
  if ('features' in input) {
    if (rule.per !== 'move') return null;
    const { features, at } = input;
    return evaluate(rule, run, at, (signal) => features[signal] ?? recent(run, signal, at));
  }
  const { at, signal, value } = input;
  if (!rule.signals.includes(signal)) return null;
  const begin = Math.floor(at / minute) * minute;
  if (run.minute !== null && begin < run.minute) return null;
  let change: RuleChange | null = null;
  if (run.minute !== null && begin > run.minute) change = closeMinute(rule, run);
  run.minute = begin;
  if (typeof value === 'number') {
    const sums = (run.sums[signal] ??= [0, 0]);
    sums[0] += 1;
    sums[1] += value;
    run.last[signal] = [value, at];
  } else if (value === null) delete run.last[signal];
  else run.last[signal] = [value, at];
  return change;
}

/** Ends the minute under way, as at the end of a back-test. Changes `run`. */
export function closeMinute(rule: OperatorRule, run: RuleRun): RuleChange | null {
  const { minute: begin, sums } = run;
  run.sums = {};
  if (begin === null || rule.per !== 'minute') return null;
  return evaluate(rule, run, begin + minute, (signal) => {
    const here = sums[signal];
    return here ? here[1] / here[0] : recent(run, signal, begin + minute);
  });
}

function recent(run: RuleRun, signal: string, at: number): number | boolean | string | undefined {
  const seen = run.last[signal];
  // States are sent on change only: they stay as they are; a number must be fresh.
  return seen && (typeof seen[0] !== 'number' || at - seen[1] <= ruleMemory) ? seen[0] : undefined;
}

function evaluate(rule: OperatorRule, run: RuleRun, at: number, look: LookUpValue): RuleChange | null {
  const values: Record<string, number | boolean | string> = {};
  const holds = rule.holds((signal) => {
    const value = look(signal);
    if (value !== undefined) values[signal] = value;
    return value;
  });
  run.evaluations += 1;
  if (holds === undefined) {
    run.unknown += 1;
    return null;
  }
  run.held = holds ? Math.min(run.held + 1, rule.text.hold) : 0;
  run.clear = holds ? 0 : Math.min(run.clear + 1, rule.text.hold);
  const open = run.open ? run.clear < rule.text.hold : run.held >= rule.text.hold;
  if (open === run.open) return null;
  run.open = open;
  return { at, open, values };
}

/** True when the rule is for a spreader of this model. */
export const isFor = ({ models, spreaders }: RuleText, spreader: string, model: string): boolean =>
  (models.length === 0 && spreaders.length === 0) || models.includes(model) || spreaders.includes(spreader);
