import type { AdviceOutcome } from '@quaywatch/domain/condition';
import type { Queryable } from '@quaywatch/ports';

/** What became of findings of these spreaders that were first seen in a time, in order. */
export function readAdvice(
  q: Queryable,
  spreaders: readonly string[],
  from: number,
  to: number,
): Promise<(AdviceOutcome & { readonly spreader: string })[]> {
  return q.query<AdviceOutcome & { readonly spreader: string } & Record<string, unknown>>(
    `select f.spreader, f.spreader || ' ' || (f.advice ->> 'failureMode') || ' ' || (f.advice ->> 'component') as source,
       (f.advice ->> 'firstSeenAt')::float8 as "raisedAt", f.closed_at as "closedAt",
       (f.advice #>> '{reopened,times}')::int as reopened, p.first as "firstStepAt", p.last as "lastStep",
       coalesce(p.repaired, false) as repaired, v.record ->> 'verdict' as verdict
     from finding f
     left join finding_verdict v on v.finding = f.finding
     left join lateral (
       select min((record ->> 'at')::float8) as first, bool_or(record ->> 'state' = 'repaired') as repaired,
         (array_agg(record ->> 'state' order by n desc))[1] as last
       from finding_progress where finding = f.finding
     ) p on true
     where f.spreader = any($1) and (f.advice ->> 'firstSeenAt')::float8 >= $2
       and (f.advice ->> 'firstSeenAt')::float8 < $3
     order by "raisedAt", f.finding`,
    [spreaders, from, to],
  );
}
