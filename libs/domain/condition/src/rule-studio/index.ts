export { expressionOf, readingProblem } from './form';
export {
  closeMinute,
  feedRule,
  freshRun,
  isFor,
  ruleMemory,
  type LookUpValue,
  type OperatorRule,
  type RuleChange,
  type RuleInput,
  type RuleRun,
} from './operator-rule';
export { approveRule, draftRule, ruleBookOf, switchRuleOff, type RuleBook, type RuleFact } from './rule-book';
export { runRules, type RuleOn, type RuleRuns } from './run-rules';
