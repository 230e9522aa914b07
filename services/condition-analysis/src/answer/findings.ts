import type { Advice, DataOf, events } from '@quaywatch/contracts';
import { visibleTerminals } from '@quaywatch/domain/access';
import type { ViewStore } from '@quaywatch/ports';
import { pageOfRows, readCursor, Refused, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { findingOf } from './shapes';

interface FindingRow extends Record<string, unknown> {
  finding: string;
  number: string;
  status: 'open' | 'closed';
  risk_hours: number;
  updated_at: number;
  closed_at: number | null;
  advice: Advice;
  progress: DataOf<typeof events.findingProgressed> | null;
  verdict: DataOf<typeof events.findingJudged> | null;
}

const select = `select f.finding, s.number, f.status, f.risk_hours, f.updated_at, f.closed_at, f.advice,
    p.record as progress, v.record as verdict
  from finding f join fleet_spreader s on s.spreader = f.spreader
  left join finding_verdict v on v.finding = f.finding
  left join lateral (select record from finding_progress where finding = f.finding order by n desc limit 1) p on true
  where ($1::text[] is null or s.terminal = any($1))`;

/** Answers about findings; outside the principal's terminals there are none. */
export class Findings {
  constructor(private readonly store: ViewStore) {}

  /** Most crane hours at risk first. */
  async list({
    principal,
    query,
  }: Pick<ApiCall<'listFindings'>, 'principal' | 'query'>): Promise<ApiAnswer<'listFindings'>> {
    const terminals = visibleTerminals(principal, 'findings.read');
    const after = readCursor(query.cursor, ['number', 'string']);
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query<FindingRow>(
        `${select} and ($2 = 'all' or f.status = $2) and ($3::text is null or s.spreader = $3 or s.number = $3)
           and ($4::text is null or s.terminal = $4)
           and ($5::float8 is null or (-f.risk_hours, f.finding) > (-$5::float8, $6::text))
         order by -f.risk_hours, f.finding limit $7`,
        [
          terminals === 'all' ? null : terminals,
          query.status,
          query.spreader ?? null,
          query.terminal ?? null,
          after?.[0] ?? null,
          after?.[1] ?? null,
          query.limit + 1,
        ],
      ),
    );
    const { rows: shown, ...page } = pageOfRows(rows, query.limit, ({ risk_hours, finding }) => [risk_hours, finding]);
    return { data: shown.map(findingOf), ...page };
  }

  async get({
    principal,
    params,
  }: Pick<ApiCall<'getFinding'>, 'principal' | 'params'>): Promise<ApiAnswer<'getFinding'>> {
    const terminals = visibleTerminals(principal, 'findings.read');
    const [row] = await this.store.readAs(principal.org, (q) =>
      q.query<FindingRow>(`${select} and f.finding = $2`, [terminals === 'all' ? null : terminals, params.id ?? '']),
    );
    if (!row) throw new Refused('not_found', `There is no finding ${params.id ?? ''}.`);
    return findingOf(row);
  }
}
