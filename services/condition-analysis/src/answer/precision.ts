import { conditionDefaults, modeOf, shareOf } from '@quaywatch/domain/condition';
import { toIso } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';
import type { ApiAnswer, ApiCall } from '@quaywatch/runtime';
import { rangeOf, visibleFleet } from './visible-fleet';

type Precision = ApiAnswer<'getPrecision'>['all'];

interface Row extends Record<string, unknown> {
  failure_mode: string;
  title: string;
  raised: number;
  reopened: number;
  confirmed: number;
  other_cause: number;
  not_found: number;
}

/** How often findings first seen in a time were right, as technicians judged them. */
export async function answerPrecision(
  q: Queryable,
  { principal, query }: Pick<ApiCall<'getPrecision'>, 'principal' | 'query'>,
): Promise<ApiAnswer<'getPrecision'>> {
  const { from, to } = rangeOf(query, 3 * 366 * 86_400_000);
  const fleet = await visibleFleet(q, principal, 'findings.read', { terminal: query.terminal, model: query.model });
  const rows = await q.query<Row>(
    `select f.advice ->> 'failureMode' as failure_mode, max(f.advice ->> 'title') as title, count(*)::int as raised,
       (count(*) filter (where (f.advice #>> '{reopened,times}')::int > 0))::int as reopened,
       (count(*) filter (where v.record ->> 'verdict' = 'confirmed'))::int as confirmed,
       (count(*) filter (where v.record ->> 'verdict' = 'other_cause'))::int as other_cause,
       (count(*) filter (where v.record ->> 'verdict' = 'not_found'))::int as not_found
     from finding f left join finding_verdict v on v.finding = f.finding
     where f.spreader = any($1) and (f.advice ->> 'firstSeenAt')::float8 >= $2 and (f.advice ->> 'firstSeenAt')::float8 < $3
     group by 1 order by 1`,
    [fleet.map(({ spreader }) => spreader), from, to],
  );
  const sum = (of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return {
    from: toIso(from),
    to: toIso(to),
    all: precisionOf({
      raised: sum(({ raised }) => raised),
      reopened: sum(({ reopened }) => reopened),
      confirmed: sum(({ confirmed }) => confirmed),
      other_cause: sum(({ other_cause }) => other_cause),
      not_found: sum(({ not_found }) => not_found),
    }),
    modes: rows.map((row) => ({
      failure_mode: row.failure_mode,
      title: modeOf(conditionDefaults, row.failure_mode)?.title ?? row.title,
      ...precisionOf(row),
    })),
  };
}

function precisionOf({
  raised,
  reopened,
  confirmed,
  other_cause,
  not_found,
}: Pick<Row, 'raised' | 'reopened' | 'confirmed' | 'other_cause' | 'not_found'>): Precision {
  const judged = confirmed + other_cause + not_found;
  const { share, low, high } = shareOf(confirmed, judged);
  const useful = judged === 0 ? null : (confirmed + other_cause) / judged;
  return { raised, reopened, judged, confirmed, other_cause, not_found, precision: share, low, high, useful };
}
