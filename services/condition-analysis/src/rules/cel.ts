import { Environment } from '@marcbachmann/cel-js';
import { findSignal, type RuleText } from '@quaywatch/contracts';
import { expressionOf, readingProblem, type LookUpValue, type OperatorRule } from '@quaywatch/domain/condition';

/** What checking the text of a rule gave. */
export interface Checked {
  readonly valid: boolean;
  readonly problem: string | null;
  readonly expression: string;
  readonly signals: readonly string[];
  readonly per: 'minute' | 'move' | null;
}

const readers = ['num', 'flag', 'state'] as const;
/** Nothing that loops, matches patterns or makes lists: the cost is bounded by the length of the text. */
const operators = new Set([
  'call',
  'value',
  '&&',
  '||',
  '!_',
  '-_',
  '!',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '+',
  '-',
  '*',
  '/',
  '?:',
]);

class NotKnown extends Error {}

function environment(look: LookUpValue): Environment {
  const read = (name: string): number | boolean | string => {
    const value = look(name);
    if (value === undefined) throw new NotKnown(name);
    return value;
  };
  return new Environment({
    limits: { maxAstNodes: 200, maxDepth: 24, maxListElements: 1, maxMapEntries: 1, maxCallArguments: 2 },
  })
    .registerFunction('num(string): double', (name: string) => Number(read(name)))
    .registerFunction('flag(string): bool', (name: string) => read(name) === true)
    .registerFunction('state(string): string', (name: string) => String(read(name)))
    .registerFunction('abs(double): double', (value: number) => Math.abs(value));
}

/** Checks a text: syntax and types, only the signals of the catalogue, read by their kind, at bounded cost. */
export function checkRule(text: Pick<RuleText, 'expression' | 'form'>): Checked {
  const expression = text.form ? expressionOf(text.form) : text.expression;
  const refused = (problem: string): Checked => ({ valid: false, problem, expression, signals: [], per: null });
  try {
    const env = environment(() => undefined);
    const checked = env.check(expression);
    if (!checked.valid) return refused(firstLine(checked.error));
    if (checked.type !== 'bool') return refused(`A rule must be true or false; this is of type ${checked.type}.`);
    const signals = new Set<string>();
    const problem = walk(env.parse(expression).ast, signals);
    if (problem) return refused(problem);
    if (signals.size === 0)
      return refused('A rule must read a signal: num("hyd.press"), flag("landed"), state("len.pos").');
    if (signals.size > 20) return refused('A rule may read 20 signals at most.');
    const per = [...signals].some((signal) => findSignal(signal)?.rate === 'M') ? 'move' : 'minute';
    return { valid: true, problem: null, expression, signals: [...signals].sort(), per };
  } catch (error) {
    return refused(firstLine(error));
  }
}

/** A rule that can be evaluated; undefined when its text is not valid (any more: a signal may have left the catalogue). */
export function compileRule(rule: string, version: number, text: RuleText): OperatorRule | undefined {
  const { valid, expression, signals, per } = checkRule(text);
  if (!valid || per === null) return undefined;
  let current: LookUpValue = () => undefined;
  const program = environment((signal) => current(signal)).parse(expression);
  return {
    rule,
    version,
    text,
    signals,
    per,
    holds: (look) => {
      current = look;
      try {
        return program({}) === true;
      } catch {
        // A signal is not known, or it cannot be calculated: nothing is concluded, and the frame goes on.
        return undefined;
      }
    },
  };
}

/** Collects the signals; gives what is wrong, if anything. */
function walk(node: unknown, signals: Set<string>): string | null {
  if (Array.isArray(node)) {
    for (const one of node) {
      const problem = walk(one, signals);
      if (problem) return problem;
    }
    return null;
  }
  if (typeof node !== 'object' || node === null || !('op' in node)) return null;
  const { op, args } = node as { op: string; args: unknown };
  if (!operators.has(op)) return `"${op}" cannot be used in a rule.`;
  if (op === 'value') return null;
  if (op !== 'call') return walk(args, signals);
  const [name, given] = args as [string, unknown[]];
  if (name === 'abs') return walk(given, signals);
  if (!(readers as readonly string[]).includes(name)) return `"${name}" cannot be used in a rule.`;
  const literal = given[0] as { op?: string; args?: unknown } | undefined;
  if (literal?.op !== 'value' || typeof literal.args !== 'string')
    return `${name}(…) needs the name of a signal in quotes.`;
  signals.add(literal.args);
  return readingProblem(name, literal.args);
}

const firstLine = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
