import { findSignal, type RuleForm } from '@quaywatch/contracts';

/** The expression that says the same as a form; numbers are written so that the language reads them as decimals. */
export function expressionOf(form: RuleForm): string {
  const parts = form.conditions.map(({ signal, op, value }) => {
    const name = JSON.stringify(signal);
    if (typeof value === 'number') return `num(${name}) ${op} ${decimal(value)}`;
    if (typeof value === 'string') return `state(${name}) ${op} ${JSON.stringify(value)}`;
    return `flag(${name}) ${op} ${value}`;
  });
  return parts.join(form.match === 'all' ? ' && ' : ' || ');
}

const decimal = (value: number): string => {
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
};

/** What is wrong with reading a signal by `num`, `flag` or `state`, in a sentence; null when nothing is. */
export function readingProblem(reader: string, signal: string): string | null {
  const known = findSignal(signal);
  if (!known) return `There is no signal ${signal} in the catalogue.`;
  if (known.positions !== undefined && !/\[\d+\]/.test(signal)) return `${signal} needs a position, as in tl[1].`;
  const position = Number(/\[(\d+)\]/.exec(signal)?.[1] ?? 1);
  if (position < 1 || position > (known.positions ?? position))
    return `${signal}: positions are 1 to ${known.positions}.`;
  const right = known.kind === 'number' ? 'num' : known.kind === 'boolean' ? 'flag' : 'state';
  return reader === right ? null : `${signal} is read by ${right}("${signal}").`;
}
