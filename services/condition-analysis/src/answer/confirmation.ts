import type { Queryable } from '@quaywatch/ports';

const day = 86_400_000;

/**
 * What speaks for a case, until 24 h after it: a stop of the spreader that somebody recorded, or a finding of a known
 * failure mode that technicians did not turn down; the one that technicians confirmed first.
 */
export async function confirmation(q: Queryable, spreader: string, from: number, to: number): Promise<string | null> {
  const [stop] = await q.query<{ stop: string }>(
    `select stop from stop where spreader = $1 and from_at >= $2 and from_at < $3 and record ->> 'cause' = 'equipment'
     order by from_at limit 1`,
    [spreader, from, to + day],
  );
  if (stop) return stop.stop;
  const [finding] = await q.query<{ finding: string }>(
    `select f.finding from finding f left join finding_verdict v on v.finding = f.finding
     where f.spreader = $1 and (f.advice ->> 'firstSeenAt')::float8 < $3 and coalesce(f.closed_at, $3) >= $2
       and f.advice ->> 'failureMode' not like 'rul\\_%' and coalesce(v.record ->> 'verdict', '') <> 'not_found'
     order by v.finding is null, f.finding limit 1`,
    [spreader, from, to + day],
  );
  return finding?.finding ?? null;
}
