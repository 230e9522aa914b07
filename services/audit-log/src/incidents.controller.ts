import { Controller, Inject } from '@nestjs/common';
import { makeId, toIso } from '@quaywatch/kernel';
import type { Clock, StoreTransaction, ViewStore } from '@quaywatch/ports';
import {
  Api,
  AUDIT,
  Call,
  CLOCK,
  pageOfRows,
  readCursor,
  Refused,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type AuditTrail,
} from '@quaywatch/runtime';
import { commandIncident } from './incidents';

type Document = ApiAnswer<'getIncident'>;
type Times = 'first_at' | 'last_at' | 'opened_at';
type LaterTimes = 'assessed_at' | 'closed_at';
type Row = Omit<Document, 'id' | Times | LaterTimes> &
  Record<Times, number> &
  Record<LaterTimes, number | null> & { incident: string };

const columns = `incident, state, source, rule, title, description, level, about, count, first_at, last_at, opened_at,
  reported_by, people_at_risk, vector, scope, assessed_at, assessed_by, outcome, closed_at, closed_by, closing_reason`;
/** Most incidents that people of one organisation may have open at a time. */
const mostOpen = 500;

/** API: security incidents, from the first report to the end. */
@Controller()
export class IncidentsController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(AUDIT) private readonly audit: AuditTrail,
  ) {}

  @Api('listIncidents')
  async list(@Call() { principal, query }: ApiCall<'listIncidents'>): Promise<ApiAnswer<'listIncidents'>> {
    const [at, after] = readCursor(query.cursor, ['number', 'string']) ?? [null, null];
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query<Row>(
        `select ${columns} from incident where org = $1 and ($2::text is null or state = $2)
         and ($3::double precision is null or (opened_at, incident) < ($3, $4))
         order by opened_at desc, incident desc limit $5`,
        [principal.org, query.state ?? null, at, after, query.limit + 1],
      ),
    );
    const { rows: page, ...rest } = pageOfRows(rows, query.limit, (row) => [row.opened_at, row.incident]);
    return { data: page.map(documentOf), ...rest };
  }

  @Api('getIncident')
  get(@Call() { principal, params }: ApiCall<'getIncident'>): Promise<Document> {
    return this.one(principal.org, params['id'] ?? '');
  }

  @Api('reportIncident')
  async report(@Call() call: ApiCall<'reportIncident'>): Promise<ApiAnswer<'reportIncident'>> {
    const { principal, body } = call;
    const now = this.clock.now();
    const incident = makeId('incident', now, this.clock.random(16));
    await this.store.transact(async (tx) => {
      const [open] = await tx.query<{ n: number }>(
        `select count(*)::int as n from incident where org = $1 and state = 'open' and source <> 'monitoring'`,
        [principal.org],
      );
      if ((open?.n ?? 0) >= mostOpen) throw new Refused('conflict', `At most ${mostOpen} reports wait to be judged.`);
      await this.run(tx, call, 'incident.report', {
        kind: 'open',
        ...{ incident, rule: null, about: null, count: 1, firstAt: now, lastAt: now, by: principal.id },
        ...body,
      });
    });
    return { id: incident };
  }

  @Api('assessIncident')
  async assess(@Call() call: ApiCall<'assessIncident'>): Promise<Document> {
    const { principal, params, body } = call;
    const incident = params['id'] ?? '';
    await this.change(call, incident, (tx) =>
      this.run(tx, call, 'incident.assess', {
        kind: 'assess',
        ...{ incident, peopleAtRisk: body.people_at_risk, level: body.level, by: principal.id },
        ...{ vector: body.vector ?? null, scope: body.scope },
      }),
    );
    return this.one(principal.org, incident);
  }

  @Api('closeIncident')
  async close(@Call() call: ApiCall<'closeIncident'>): Promise<Document> {
    const { principal, params, body } = call;
    const incident = params['id'] ?? '';
    await this.change(call, incident, (tx) =>
      this.run(tx, call, 'incident.close', { kind: 'close', incident, by: principal.id, ...body }),
    );
    return this.one(principal.org, incident);
  }

  /** An incident of another organisation is as if it did not exist. */
  private change(
    { principal }: Pick<ApiCall<'closeIncident'>, 'principal'>,
    id: string,
    work: (tx: StoreTransaction) => Promise<void>,
  ): Promise<void> {
    return this.store.transact(async (tx) => {
      const [row] = await tx.query('select 1 from incident where org = $1 and incident = $2 for update', [
        principal.org,
        id,
      ]);
      if (!row) throw new Refused('not_found', 'There is no such incident.');
      await work(tx);
    });
  }

  private async run(
    tx: StoreTransaction,
    { principal, address }: Pick<ApiCall<'closeIncident'>, 'principal' | 'address'>,
    action: string,
    command: Parameters<typeof commandIncident>[3],
  ): Promise<void> {
    const decision = await commandIncident(tx, principal.org, this.clock.now(), command);
    if (!decision.ok) throw new Refused(decision.code, decision.reason);
    await this.audit.within(tx, {
      org: principal.org,
      class: 'privileged',
      actor: { kind: principal.kind, id: principal.id },
      action,
      target: { kind: 'incident', id: command.incident },
      outcome: 'success',
      address,
    });
  }

  private async one(org: string, id: string): Promise<Document> {
    const [row] = await this.store.readAs(org, (q) =>
      q.query<Row>(`select ${columns} from incident where org = $1 and incident = $2`, [org, id]),
    );
    if (!row) throw new Refused('not_found', 'There is no such incident.');
    return documentOf(row);
  }
}

const when = (at: number | null): string | null => (at === null ? null : toIso(at));

const documentOf = ({ incident, first_at, last_at, opened_at, assessed_at, closed_at, ...rest }: Row): Document => ({
  id: incident,
  ...rest,
  first_at: toIso(first_at),
  last_at: toIso(last_at),
  opened_at: toIso(opened_at),
  assessed_at: when(assessed_at),
  closed_at: when(closed_at),
});
