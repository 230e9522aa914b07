import { Controller, Inject } from '@nestjs/common';
import { days, toIso } from '@quaywatch/kernel';
import type { Clock, Queryable, ViewStore } from '@quaywatch/ports';
import { Api, Call, CLOCK, Refused, STORE, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';

type Usage = ApiAnswer<'getApiClientUsage'>;
type Query = ApiCall<'getApiClientUsage'>['query'];

interface Sums extends Record<string, unknown> {
  requests: string;
  client_errors: string;
  server_errors: string;
  throttled: string;
  last_at: number | null;
}

const longest = days(400);
/** Before any count; far dates are not the database's. */
const earliest = '2000-01-01';
const sums = `coalesce(sum(requests), 0) as requests, coalesce(sum(client_errors), 0) as client_errors,
  coalesce(sum(server_errors), 0) as server_errors, coalesce(sum(throttled), 0) as throttled, max(last_at) as last_at`;
const chosen =
  'from api_usage where client = $1 and day between $2::date and $3::date and ($4::text is null or operation = $4)';

/** API: what programs have called. */
@Controller()
export class UsageController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Api('getApiClientUsage')
  ofClient(@Call() { principal, params, query }: ApiCall<'getApiClientUsage'>): Promise<Usage> {
    const client = params['id'] ?? '';
    return this.store.readAs(principal.org, async (q) => {
      const [known] = await q.query('select 1 from api_client where org = $1 and client = $2', [principal.org, client]);
      if (!known) throw new Refused('not_found', 'There is no such program.');
      return this.read(q, client, query);
    });
  }

  @Api('getOwnUsage')
  own(@Call() { principal, query }: ApiCall<'getOwnUsage'>): Promise<ApiAnswer<'getOwnUsage'>> {
    return this.store.readAs(principal.org, (q) => this.read(q, principal.id, query));
  }

  private async read(q: Queryable, client: string, query: Query): Promise<Usage> {
    const to = query.to ?? toIso(this.clock.now()).slice(0, 10);
    const from = query.from ?? toIso(Date.parse(to) - days(29)).slice(0, 10);
    if (from > to || from < earliest || Date.parse(to) - Date.parse(from) > longest)
      throw new Refused('invalid', 'The range must end after its start and be 400 days at most.', [
        { pointer: '/query/to', code: 'range', detail: 'Days from … to, 400 at most.' },
      ]);
    const given = [client, from, to, query.operation ?? null];
    const [total] = await q.query<Sums>(`select ${sums} ${chosen}`, given);
    const byDay = await q.query<Sums & { day: string }>(
      `select day::text as day, ${sums} ${chosen} group by day order by day`,
      given,
    );
    const byOperation = await q.query<Sums & { operation: string }>(
      `select operation, ${sums} ${chosen} group by operation order by operation`,
      given,
    );
    return {
      id: client,
      from,
      to,
      total: { ...countsOf(total), last_at: total?.last_at == null ? null : toIso(total.last_at) },
      by_day: byDay.map((row) => ({ day: row.day, ...countsOf(row), last_at: toIso(row.last_at ?? 0) })),
      by_operation: byOperation.map((row) => ({
        operation: row.operation,
        ...countsOf(row),
        last_at: toIso(row.last_at ?? 0),
      })),
    };
  }
}

const countsOf = (row: Sums | undefined) => ({
  requests: Number(row?.requests ?? 0),
  client_errors: Number(row?.client_errors ?? 0),
  server_errors: Number(row?.server_errors ?? 0),
  throttled: Number(row?.throttled ?? 0),
});
