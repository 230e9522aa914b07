import type { Permission, Principal } from '@quaywatch/contracts';
import { minutes, toIso, type Instant } from '@quaywatch/kernel';
import type { Queryable, ViewStore } from '@quaywatch/ports';
import { pageOfRows, readCursor, Refused, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { readSettingsNow } from '../catalogue/read-catalogue';
import { rankOf, readSpreaders, type SpreaderQuery, type SpreaderView } from './read-spreaders';
import { seriesOf } from './series';
import { findingSummaryOf, healthOf, moveOf, spreaderSummaryOf } from './shapes';

/** Answers about spreaders. Every answer sees only what the principal may see; anything else is not found. */
export class Spreaders {
  constructor(
    private readonly store: ViewStore,
    private readonly now: () => Instant,
    private readonly noDataAfterMinutes: number,
  ) {}

  async attention({
    principal,
    query,
  }: Pick<ApiCall<'attention'>, 'principal' | 'query'>): Promise<ApiAnswer<'attention'>> {
    const views = await this.visible(principal, 'spreaders.read', { terminal: query?.terminal });
    const counts = { act_now: 0, plan: 0, watch: 0, no_data: 0, ok: 0 };
    for (const view of views) counts[view.level] += 1;
    const needing = views.flatMap((view) =>
      view.topFinding && view.topFinding.level !== 'ok' ? [{ view, finding: view.topFinding }] : [],
    );
    needing.sort(
      (a, b) =>
        rankOf(a.finding.level) - rankOf(b.finding.level) ||
        b.finding.riskHours - a.finding.riskHours ||
        (a.view.number < b.view.number ? -1 : 1),
    );
    const risk = needing.reduce((sum, { finding }) => sum + finding.riskHours, 0);
    return {
      computed_at: toIso(this.now()),
      spreaders: views.length,
      counts,
      catching_up: views.filter((view) => view.level === 'no_data' && this.sends(view)).length,
      risk_hours: Math.round(risk * 10) / 10,
      lifts_24h: views.reduce((sum, { lifts24h }) => sum + lifts24h, 0),
      first: needing.slice(0, 20).map(({ view, finding }) => ({
        spreader_id: view.spreader,
        number: view.number,
        terminal_id: view.terminal.id,
        terminal_name: view.terminal.name,
        crane_number: view.crane?.number ?? null,
        condition: view.level,
        finding: findingSummaryOf(finding),
      })),
    };
  }

  async list({
    principal,
    query,
  }: Pick<ApiCall<'listSpreaders'>, 'principal' | 'query'>): Promise<ApiAnswer<'listSpreaders'>> {
    const after = readCursor(query.cursor, ['number', 'string', 'string']) as [number, string, string] | undefined;
    const views = await this.visible(principal, 'spreaders.read', {
      terminal: query.terminal,
      list: { levels: query.condition, find: query.find, after, limit: query.limit + 1 },
    });
    const { rows, ...page } = pageOfRows(views, query.limit, (view) => [
      rankOf(view.level),
      view.number,
      view.spreader,
    ]);
    return { data: rows.map(spreaderSummaryOf), ...page };
  }

  async get({
    principal,
    params,
  }: Pick<ApiCall<'getSpreader'>, 'principal' | 'params'>): Promise<ApiAnswer<'getSpreader'>> {
    const view = await this.one(principal, 'spreaders.read', params.id);
    const live = Object.fromEntries(
      Object.entries(view.live).map(([signal, [value, at]]) => [signal, { value, at: toIso(at) }]),
    );
    return { ...spreaderSummaryOf(view), live };
  }

  async health({
    principal,
    params,
  }: Pick<ApiCall<'getSpreaderHealth'>, 'principal' | 'params'>): Promise<ApiAnswer<'getSpreaderHealth'>> {
    return healthOf(await this.one(principal, 'spreaders.read', params.id));
  }

  async moves({
    principal,
    params,
    query,
  }: Pick<ApiCall<'listMoves'>, 'principal' | 'params' | 'query'>): Promise<ApiAnswer<'listMoves'>> {
    const after = readCursor(query.cursor, ['number', 'string']);
    return this.inScope(principal, 'moves.read', params.id, async (q, { spreader }) => {
      const rows = await q.query<Parameters<typeof moveOf>[0] & Record<string, unknown>>(
        `select move, started_at as "startedAt", locked_at as "lockedAt", ended_at as "endedAt", class, result, boxes, teu, load, features, model
         from move where spreader = $1 and ($2::float8 is null or (ended_at, move) < ($2::float8, $3::text))
         order by ended_at desc, move desc limit $4`,
        [spreader, after?.[0] ?? null, after?.[1] ?? null, query.limit + 1],
      );
      const { rows: page, ...rest } = pageOfRows(rows, query.limit, (row) => [row.endedAt, row.move]);
      return { data: page.map(moveOf), ...rest };
    });
  }

  async series({
    principal,
    params,
    query,
  }: Pick<ApiCall<'getSeries'>, 'principal' | 'params' | 'query'>): Promise<ApiAnswer<'getSeries'>> {
    return this.inScope(principal, 'series.read', params.id, async (q, { spreader }) => {
      const settings = await readSettingsNow(q, principal.org, [spreader], this.now());
      return seriesOf(q, spreader, settings(spreader), query);
    });
  }

  /** Whether data comes in, if only old: a unit that sends what it stored is not silent. */
  private sends({ lastSeenAt, computedAt }: SpreaderView): boolean {
    const since = this.now() - minutes(this.noDataAfterMinutes);
    return lastSeenAt !== null && lastSeenAt >= since && computedAt !== null;
  }

  private visible(
    principal: Principal,
    permission: Permission,
    ask: Pick<SpreaderQuery, 'id' | 'terminal' | 'list'>,
  ): Promise<SpreaderView[]> {
    return this.store.readAs(principal.org, (q) => this.read(q, principal, permission, ask));
  }

  private one(principal: Principal, permission: Permission, id: string | undefined): Promise<SpreaderView> {
    return this.inScope(principal, permission, id, (_, view) => Promise.resolve(view));
  }

  private inScope<T>(
    principal: Principal,
    permission: Permission,
    id: string | undefined,
    work: (q: Queryable, view: SpreaderView) => Promise<T>,
  ): Promise<T> {
    return this.store.readAs(principal.org, async (q) => {
      const found = await this.read(q, principal, permission, { id: id ?? '' });
      // An id wins over an equal number.
      const view = found.find(({ spreader }) => spreader === id) ?? found[0];
      if (!view) throw new Refused('not_found', `There is no spreader ${id ?? ''}.`);
      return work(q, view);
    });
  }

  private read(
    q: Queryable,
    principal: Principal,
    permission: Permission,
    ask: Pick<SpreaderQuery, 'id' | 'terminal' | 'list'>,
  ): Promise<SpreaderView[]> {
    return readSpreaders(q, {
      principal,
      permission,
      now: this.now(),
      noDataAfter: minutes(this.noDataAfterMinutes),
      ...ask,
    });
  }
}
