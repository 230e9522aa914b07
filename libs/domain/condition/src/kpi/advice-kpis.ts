import { quantileOfSorted } from '../robust/quantile';
import { shareOf } from './binomial';
import type { Kpi } from './kpis';

/** What became of one finding. */
export interface AdviceOutcome {
  /** What a repetition has in common with it: spreader, failure mode and component. */
  readonly source: string;
  readonly raisedAt: number;
  readonly closedAt: number | null;
  /** How often it was opened again. */
  readonly reopened: number;
  /** What people did with it, the first time they did anything (ms), and their last word; null = nothing. */
  readonly firstStepAt: number | null;
  readonly lastStep: 'accepted' | 'planned' | 'repaired' | 'rejected' | null;
  /** True when somebody said at some time that it was repaired. */
  readonly repaired: boolean;
  readonly verdict: 'confirmed' | 'not_found' | 'other_cause' | null;
}

const hour = 3_600_000;
const month = 30 * 24 * hour;

/** Figures about the quality of our own advice (closed loop), in the order of the definitions. */
export function adviceKpis(findings: readonly AdviceOutcome[]): Kpi[] {
  const judged = findings.filter(({ verdict }) => verdict !== null);
  const decided = findings.filter(({ lastStep }) => lastStep !== null);
  const repaired = findings.filter((one) => one.repaired);
  const closed = findings.filter(({ closedAt }) => closedAt !== null);
  const waited = decided
    .flatMap(({ firstStepAt, raisedAt }) => (firstStepAt === null ? [] : [Math.max(0, firstStepAt - raisedAt) / hour]))
    .sort((a, b) => a - b);
  return [
    share(
      'precision',
      count(judged, ({ verdict }) => verdict === 'confirmed'),
      judged.length,
      findings.length,
      {
        confirmed: count(judged, ({ verdict }) => verdict === 'confirmed'),
        other_cause: count(judged, ({ verdict }) => verdict === 'other_cause'),
        not_found: count(judged, ({ verdict }) => verdict === 'not_found'),
      },
    ),
    share(
      'acceptance',
      count(decided, ({ lastStep }) => lastStep !== 'rejected'),
      decided.length,
      findings.length,
    ),
    share(
      'first_fix',
      count(repaired, ({ closedAt, reopened }) => closedAt !== null && reopened === 0),
      repaired.length,
      findings.length,
    ),
    share(
      'recurrence',
      count(closed, (one) => comesAgain(one, findings)),
      closed.length,
      findings.length,
    ),
    {
      ...empty('action_time', 'h', waited.length, findings.length),
      value: quantileOfSorted(waited, 0.5),
      parts: { p90: quantileOfSorted(waited, 0.9) },
    },
  ];
}

/** Opened again, or raised anew at the same place within 30 days after it was closed. */
const comesAgain = ({ source, closedAt, reopened, raisedAt }: AdviceOutcome, all: readonly AdviceOutcome[]): boolean =>
  reopened > 0 ||
  all.some(
    (other) =>
      other.source === source &&
      other.raisedAt > raisedAt &&
      other.raisedAt >= (closedAt ?? Infinity) &&
      other.raisedAt - (closedAt ?? 0) <= month,
  );

const count = <T>(list: readonly T[], is: (one: T) => boolean): number => list.filter(is).length;

const empty = (id: string, unit: string, n: number, of: number): Kpi => ({
  id,
  unit,
  value: null,
  low: null,
  high: null,
  n,
  of,
  parts: {},
});

/** A share in percent with its 90 % interval. */
function share(id: string, k: number, n: number, of: number, parts: Kpi['parts'] = {}): Kpi {
  const { share: value, low, high } = shareOf(k, n);
  const percent = (one: number | null): number | null => (one === null ? null : 100 * one);
  return { ...empty(id, '%', n, of), value: percent(value), low: percent(low), high: percent(high), parts };
}
