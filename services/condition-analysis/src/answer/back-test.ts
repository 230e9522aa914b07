import { findSignal } from '@quaywatch/contracts';
import {
  closeMinute,
  feedRule,
  freshRun,
  isFor,
  type OperatorRule,
  type RuleChange,
  type RuleInput,
} from '@quaywatch/domain/condition';
import { toIso } from '@quaywatch/kernel';
import type { Queryable, ViewStore } from '@quaywatch/ports';
import { Refused, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { checkRule, compileRule } from '../rules/cel';
import { confirmation } from './confirmation';
import { rangeOf, visibleFleet } from './visible-fleet';

const day = 86_400_000;
/** Rows of history read for one spreader and in all; more is refused, never cut off silently. */
const mostRows = 400_000;

/** Runs a rule over stored history with the code of the live evaluation, and says how many of its cases something confirms. */
export async function backTest(
  store: ViewStore,
  { principal, body }: Pick<ApiCall<'backTestRule'>, 'principal' | 'body'>,
): Promise<ApiAnswer<'backTestRule'>> {
  const { from, to } = rangeOf(body, 92 * day);
  const checked = checkRule(body.text);
  const rule = compileRule('draft', 1, body.text);
  if (!rule)
    throw new Refused('invalid', checked.problem ?? 'The rule is not valid.', [
      { pointer: '/body/text/expression', code: 'rule', detail: checked.problem ?? '' },
    ]);
  return store.readAs(principal.org, async (q) => {
    const fleet = (await visibleFleet(q, principal, 'findings.read')).filter(({ spreader, model }) =>
      isFor(rule.text, spreader, model),
    );
    let [evaluations, unknown, left] = [0, 0, mostRows];
    const cases: ApiAnswer<'backTestRule'>['cases'] = [];
    for (const { spreader, number } of fleet) {
      const inputs = await readInputs(q, rule, spreader, from, to, left);
      left -= inputs.length;
      if (left < 0)
        throw new Refused('invalid', 'That is too much history at once: choose a shorter range or fewer spreaders.');
      const run = freshRun(1);
      const changes = inputs.flatMap((input) => feedRule(rule, run, input) ?? []);
      const last = closeMinute(rule, run);
      if (last) changes.push(last);
      evaluations += run.evaluations;
      unknown += run.unknown;
      for (const [begin, end] of paired(changes))
        cases.push({
          spreader_id: spreader,
          number,
          from: toIso(begin),
          to: end === null ? null : toIso(end),
          confirmed_by: await confirmation(q, spreader, begin, end ?? to),
        });
    }
    return {
      from: toIso(from),
      to: toIso(to),
      spreaders: fleet.length,
      evaluations,
      unknown,
      raised: cases.length,
      confirmed: cases.filter(({ confirmed_by }) => confirmed_by !== null).length,
      cases: cases.slice(0, 100),
    };
  });
}

function paired(changes: readonly RuleChange[]): [number, number | null][] {
  const cases: [number, number | null][] = [];
  for (const { at, open } of changes) {
    const last = cases.at(-1);
    if (open) cases.push([at, null]);
    else if (last) last[1] = at;
  }
  return cases;
}

/** History of the signals of a rule, in order of time: means of minutes, states as they changed, moves. */
async function readInputs(
  q: Queryable,
  rule: OperatorRule,
  spreader: string,
  from: number,
  to: number,
  most: number,
): Promise<RuleInput[]> {
  const minutes = await q.query<{ signal: string; minute: string; count: number; sum: string }>(
    `select signal, minute, count, sum_micro as sum from signal_minute
     where spreader = $1 and signal = any($2) and minute >= $3 and minute < $4 limit $5`,
    [spreader, [...rule.signals], from, to, most + 1],
  );
  // Numbers are in the minutes; every frame of a range is read only for states, which are nowhere else.
  const states = rule.signals.some((signal) => findSignal(signal)?.kind !== 'number');
  const frames = await q.query<{ edges: Record<string, [number, boolean | string | null][]> }>(
    `select edges from state_frame
     where $6 and spreader = $1 and to_at >= $2 and from_at < $3 and edges ?| $4 limit $5`,
    [spreader, from, to, [...rule.signals], most + 1, states],
  );
  const moves = await q.query<{ at: number; features: Record<string, number> }>(
    `select ended_at as at, features from move
     where $5 and spreader = $1 and ended_at >= $2 and ended_at < $3 limit $4`,
    [spreader, from, to, most + 1, rule.per === 'move'],
  );
  const inputs: RuleInput[] = [
    ...minutes.map(({ signal, minute, count, sum }) => ({
      at: Number(minute),
      signal,
      value: Number(sum) / 1e6 / count,
    })),
    ...frames.flatMap(({ edges }) =>
      rule.signals.flatMap((signal) => (edges[signal] ?? []).map(([at, value]) => ({ at, signal, value }))),
    ),
    ...moves,
  ];
  return inputs.sort((a, b) => a.at - b.at);
}
