import { Controller, Inject } from '@nestjs/common';
import type { Advice, Principal } from '@quaywatch/contracts';
import {
  aempEquipment,
  aempFault,
  aempLinks,
  aempPageSize,
  craneNodeSet,
  ticMessage,
  toFlat,
  type SnapshotFinding,
  type SpreaderSnapshot,
} from '@quaywatch/domain/interchange';
import { fromIso, minutes, toIso } from '@quaywatch/kernel';
import type { Clock, Queryable, ViewStore } from '@quaywatch/ports';
import { Api, Call, CLOCK, CONFIG, Refused, STORE, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import type { ConditionConfig } from '../config';
import { readSpreaders, type SpreaderQuery, type SpreaderView } from './read-spreaders';

/** API: spreaders in the formats of others. The mappings are in `domain/interchange`; here is only what they are made of. */
@Controller()
export class FormatsController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: ConditionConfig,
  ) {}

  @Api('getSpreaderTic40')
  async tic(
    @Call() { principal, params, query, requestId }: ApiCall<'getSpreaderTic40'>,
  ): Promise<ApiAnswer<'getSpreaderTic40'>> {
    const snapshot = await this.one(principal, 'series.read', params.id);
    const message = ticMessage(snapshot, query.version, {
      id: requestId,
      sender: 'quaywatch',
      destination: principal.id,
      topic: `spreaders/${snapshot.spreader}`,
      at: this.clock.now(),
    });
    return query.form === 'flat' ? toFlat(message) : message;
  }

  @Api('getSpreaderNodeSet')
  async nodeSet(
    @Call() { principal, params }: ApiCall<'getSpreaderNodeSet'>,
  ): Promise<ApiAnswer<'getSpreaderNodeSet'>> {
    const { NamespaceUris, Objects, Values } = craneNodeSet(await this.one(principal, 'series.read', params.id));
    return { NamespaceUris: [...NamespaceUris], Objects: [...Objects], Values: [...Values] };
  }

  @Api('aempFleet')
  async fleet(@Call() { principal, params }: ApiCall<'aempFleet'>): Promise<ApiAnswer<'aempFleet'>> {
    const page = pageNumber(params.page);
    return this.store.readAs(principal.org, async (q) => {
      const views = await readSpreaders(q, this.ask(principal, 'spreaders.read'));
      const pages = Math.max(1, Math.ceil(views.length / aempPageSize));
      if (page > pages) throw new Refused('not_found', `There are ${pages} pages.`);
      const shown = views.slice((page - 1) * aempPageSize, page * aempPageSize);
      const equipment = (await snapshots(q, shown)).map(aempEquipment);
      return {
        version: '1',
        snapshotTime: toIso(this.clock.now()),
        Links: aempLinks(page, pages, (to) => `/v1/aemp/Fleet/${to}`),
        Equipment: equipment,
      };
    });
  }

  @Api('aempEquipment')
  async equipment(@Call() { principal, params }: ApiCall<'aempEquipment'>): Promise<ApiAnswer<'aempEquipment'>> {
    return aempEquipment(await this.one(principal, 'spreaders.read', params.id));
  }

  @Api('aempFaults')
  async faults(@Call() { principal, params }: ApiCall<'aempFaults'>): Promise<ApiAnswer<'aempFaults'>> {
    const page = pageNumber(params.page);
    const [from, to] = [time(params.from, 'from'), time(params.to, 'to')];
    return this.store.readAs(principal.org, async (q) => {
      const view = await this.find(q, principal, 'findings.read', params.id);
      const found = await findingsOf(q, [view.spreader], { from, to });
      const all = (found.get(view.spreader) ?? []).sort((a, b) => a.firstSeenAt - b.firstSeenAt);
      const pages = Math.max(1, Math.ceil(all.length / aempPageSize));
      if (page > pages) throw new Refused('not_found', `There are ${pages} pages.`);
      const path = `/v1/aemp/Fleet/Equipment/${encodeURIComponent(view.number)}/Faults/${toIso(from)}/${toIso(to)}`;
      return {
        Links: aempLinks(page, pages, (n) => `${path}/${n}`),
        FaultCode: all.slice((page - 1) * aempPageSize, page * aempPageSize).map(aempFault),
      };
    });
  }

  private ask(principal: Principal, permission: SpreaderQuery['permission'], id?: string): SpreaderQuery {
    const noDataAfter = minutes(this.config.NO_DATA_AFTER_MINUTES);
    return { principal, permission, now: this.clock.now(), noDataAfter, ...(id === undefined ? {} : { id }) };
  }

  private async find(
    q: Queryable,
    principal: Principal,
    permission: SpreaderQuery['permission'],
    id = '',
  ): Promise<SpreaderView> {
    const found = await readSpreaders(q, this.ask(principal, permission, id));
    // An id wins over an equal number.
    const view = found.find(({ spreader }) => spreader === id) ?? found[0];
    if (!view) throw new Refused('not_found', `There is no spreader ${id}.`);
    return view;
  }

  private one(principal: Principal, permission: SpreaderQuery['permission'], id?: string): Promise<SpreaderSnapshot> {
    return this.store.readAs(principal.org, async (q) => {
      const [snapshot] = await snapshots(q, [await this.find(q, principal, permission, id)]);
      return snapshot as SpreaderSnapshot;
    });
  }
}

function pageNumber(text = ''): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Refused('invalid', 'Pages are numbers from 1.', [
    { pointer: '/path/page', code: 'invalid', detail: 'Pages are numbers from 1.' },
  ]);
}

function time(text = '', name: string): number {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z$/.test(text) ? fromIso(text) : undefined;
  if (at !== undefined) return at;
  throw new Refused('invalid', 'Times are RFC 3339 in UTC.', [
    { pointer: `/path/${name}`, code: 'invalid', detail: 'Write it as 2026-11-24T00:00:00Z.' },
  ]);
}

async function snapshots(q: Queryable, views: readonly SpreaderView[]): Promise<SpreaderSnapshot[]> {
  const ids = views.map(({ spreader }) => spreader);
  const live = await q.query<{ spreader: string; live: SpreaderSnapshot['live'] }>(
    'select spreader, live from spreader_condition where spreader = any($1)',
    [ids],
  );
  const totals = await q.query<{ spreader: string; loads: number; tonnes: number; until: number }>(
    `select spreader, count(*)::int as loads, coalesce(sum(load), 0)::float8 as tonnes, max(ended_at) as until
     from move where spreader = any($1) and result = 'completed' group by spreader`,
    [ids],
  );
  const findings = await findingsOf(q, ids);
  const liveOf = new Map(live.map((row) => [row.spreader, row.live]));
  const totalsOf = new Map(totals.map(({ spreader, ...rest }) => [spreader, rest]));
  return views.map((view) => ({
    spreader: view.spreader,
    number: view.number,
    model: view.model,
    crane: view.crane,
    online: view.connection === 'online',
    lastSeenAt: view.lastSeenAt,
    live: liveOf.get(view.spreader) ?? {},
    findings: findings.get(view.spreader) ?? [],
    totals: totalsOf.get(view.spreader) ?? { loads: 0, tonnes: 0, until: null },
    health: { score: view.score, at: view.computedAt },
  }));
}

/** Findings by spreader: open ones, or all that were first seen from one time to another (start in, end out). */
async function findingsOf(
  q: Queryable,
  spreaders: readonly string[],
  range?: { from: number; to: number },
): Promise<Map<string, SnapshotFinding[]>> {
  const rows = await q.query<{ spreader: string; advice: Advice }>(
    `select spreader, advice from finding where spreader = any($1)
       and case when $2::float8 is null then status = 'open'
           else (advice->>'firstSeenAt')::float8 >= $2 and (advice->>'firstSeenAt')::float8 < $3::float8 end
     order by finding`,
    [spreaders, range?.from ?? null, range?.to ?? null],
  );
  const found = new Map<string, SnapshotFinding[]>();
  for (const { spreader, advice } of rows) {
    if (advice.level !== 'act_now' && advice.level !== 'plan' && advice.level !== 'watch') continue;
    const { finding, component, failureMode, title, level, firstSeenAt, updatedAt } = advice;
    const list = found.get(spreader) ?? [];
    list.push({ finding, component, failureMode, title, level, firstSeenAt, updatedAt });
    found.set(spreader, list);
  }
  return found;
}
