import type { DataOf, EventEnvelope, events, RuleText } from '@quaywatch/contracts';
import { accept, refuse, type Decision } from '@quaywatch/kernel';

type Drafted = DataOf<typeof events.ruleDrafted>;
type Approved = DataOf<typeof events.ruleApproved>;
type Off = DataOf<typeof events.ruleSwitchedOff>;

/** A fact about a rule. */
export type RuleFact =
  | { readonly type: 'rule-drafted'; readonly data: Drafted }
  | { readonly type: 'rule-approved'; readonly data: Approved }
  | { readonly type: 'rule-switched-off'; readonly data: Off };

/** A rule as its facts tell it. */
export interface RuleBook {
  readonly org: string | null;
  readonly versions: readonly Drafted[];
  readonly approvals: readonly Approved[];
  /** The version that is evaluated; null when none. */
  readonly active: number | null;
}

/** A rule from the facts of its stream. */
export function ruleBookOf(facts: readonly EventEnvelope[]): RuleBook {
  const versions: Drafted[] = [];
  const approvals: Approved[] = [];
  let active: number | null = null;
  for (const fact of facts as readonly (EventEnvelope & RuleFact)[]) {
    if (fact.type === 'rule-drafted') versions.push(fact.data);
    else if (fact.type === 'rule-approved') {
      approvals.push(fact.data);
      active = fact.data.version;
    } else if (fact.type === 'rule-switched-off') active = null;
  }
  return { org: facts[0]?.org ?? null, versions, approvals, active };
}

/** Writes a version of a rule: the next number. Refused: a text equal to the newest version's. */
export function draftRule(
  book: RuleBook,
  command: { readonly rule: string; readonly text: RuleText; readonly by: string; readonly at: number },
): Decision<RuleFact[]> {
  const newest = book.versions.at(-1);
  if (newest && JSON.stringify(newest.text) === JSON.stringify(command.text))
    return refuse('conflict', 'Nothing was changed.');
  return accept([{ type: 'rule-drafted', data: { ...command, version: book.versions.length + 1 } }]);
}

/**
 * Approves a version: it is on from now. Refused: no such version, not the newest one, on already, approved by its own
 * author (four eyes).
 */
export function approveRule(
  book: RuleBook,
  command: {
    readonly rule: string;
    readonly version: number;
    readonly by: string;
    readonly at: number;
    readonly reason: string;
  },
): Decision<RuleFact[]> {
  const version = book.versions.find((one) => one.version === command.version);
  if (!version) return refuse('not_found', 'There is no such version of the rule.');
  if (version.version !== book.versions.length) return refuse('conflict', 'There is a newer version of the rule.');
  if (book.active === command.version) return refuse('conflict', 'This version is on already.');
  if (version.by === command.by) return refuse('forbidden', 'A rule is approved by somebody other than its author.');
  return accept([{ type: 'rule-approved', data: command }]);
}

/** Switches a rule off. Refused: it is not on. */
export function switchRuleOff(
  book: RuleBook,
  command: { readonly rule: string; readonly by: string; readonly at: number; readonly reason: string },
): Decision<RuleFact[]> {
  if (book.active === null) return refuse('conflict', 'The rule is not on.');
  return accept([{ type: 'rule-switched-off', data: command }]);
}
