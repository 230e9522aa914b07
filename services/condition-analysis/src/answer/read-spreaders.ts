import type { Advice, ComponentHealth, ConditionLevel, Permission, Principal } from '@quaywatch/contracts';
import { visibleTerminals } from '@quaywatch/domain/access';
import type { Instant } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';

/** A spreader as the API sees it, with its condition at the time of asking. */
export interface SpreaderView {
  readonly spreader: string;
  readonly number: string;
  readonly model: string;
  readonly type: string;
  readonly terminal: { readonly id: string; readonly name: string; readonly time_zone: string };
  readonly crane: { readonly id: string; readonly number: string } | null;
  readonly level: ConditionLevel;
  readonly score: number | null;
  readonly completeness: number;
  readonly computedAt: number | null;
  readonly healthModel: string;
  readonly components: readonly ComponentHealth[];
  readonly live: Readonly<Record<string, readonly [number | boolean | string | null, number]>>;
  readonly lastSeenAt: number | null;
  readonly connection: 'online' | 'offline' | 'never';
  readonly lifts24h: number;
  readonly openFindings: number;
  readonly topFinding: Advice | null;
}

/** What is asked for: `id` is an id or a number. */
export interface SpreaderQuery {
  readonly principal: Principal;
  readonly permission: Permission;
  readonly now: Instant;
  /** Age of the newest sample, ms, beyond which nothing is known. */
  readonly noDataAfter: number;
  readonly id?: string;
  readonly terminal?: string;
}

interface SpreaderRow extends Record<string, unknown> {
  spreader: string;
  number: string;
  model: string;
  type: string;
  terminal: string;
  terminal_name: string | null;
  time_zone: string | null;
  crane: string | null;
  crane_number: string | null;
  level: ConditionLevel | null;
  score: number | null;
  completeness: number | null;
  computed_at: number | null;
  health_model: string | null;
  components: ComponentHealth[] | null;
  live: SpreaderView['live'] | null;
  data_until: number | null;
  heard_at: number | null;
  online: boolean | null;
  connection_at: number | null;
  lifts: number | null;
  open_findings: number | null;
  top: Advice | null;
}

const sql = `
  with shown as (
    select * from fleet_spreader
    where ($1::text[] is null or terminal = any($1)) and ($2::text is null or terminal = $2)
      and ($3::text is null or spreader = $3 or number = $3)
  ), lifts as (
    select spreader, count(*)::int as lifts from move
    where result = 'completed' and ended_at > $4 and spreader in (select spreader from shown) group by spreader
  ), findings as (
    select spreader, count(*)::int as open_findings,
      (array_agg(advice order by array_position(array['act_now','plan','watch'], level), risk_hours desc, finding))[1] as top
    from finding where status = 'open' and spreader in (select spreader from shown) group by spreader
  )
  select s.spreader, s.number, s.model, s.type, s.terminal, t.name as terminal_name, t.time_zone,
    k.crane, k.number as crane_number,
    c.level, c.score, c.completeness, c.computed_at, c.model as health_model, c.components,
    case when $3::text is null then null else c.live end as live, c.data_until, c.heard_at,
    d.online, d.at as connection_at, l.lifts, f.open_findings, f.top
  from shown s
  left join terminal t on t.terminal = s.terminal
  left join spreader_condition c on c.spreader = s.spreader
  left join lateral (
    select a.crane from assignment a where a.spreader = s.spreader and a.from_at <= $5 order by a.from_at desc limit 1
  ) a on true
  left join crane k on k.crane = a.crane
  left join lateral (
    select online, at from device_connection dc where dc.spreader = s.spreader order by at desc, btu limit 1
  ) d on true
  left join lifts l on l.spreader = s.spreader
  left join findings f on f.spreader = s.spreader
  order by s.number, s.spreader`;

/**
 * The spreaders that the principal may see, by number. The condition is that of the time of asking: when the newest
 * sample is too old, it is `no_data` and there is no score, whatever was known before (law L9).
 */
export async function readSpreaders(q: Queryable, query: SpreaderQuery): Promise<SpreaderView[]> {
  const { principal, permission, now } = query;
  const terminals = visibleTerminals(principal, permission);
  const rows = await q.query<SpreaderRow>(sql, [
    terminals === 'all' ? null : terminals,
    query.terminal ?? null,
    query.id ?? null,
    now - 86_400_000,
    now,
  ]);
  return rows.map((row) => viewOf(row, query));
}

function viewOf(row: SpreaderRow, { now, noDataAfter }: SpreaderQuery): SpreaderView {
  const silent = row.data_until === null || now - row.data_until > noDataAfter;
  const heard = [row.heard_at, row.connection_at].filter((at): at is number => at !== null);
  return {
    spreader: row.spreader,
    number: row.number,
    model: row.model,
    type: row.type,
    terminal: { id: row.terminal, name: row.terminal_name ?? row.terminal, time_zone: row.time_zone ?? 'UTC' },
    crane: row.crane !== null && row.crane_number !== null ? { id: row.crane, number: row.crane_number } : null,
    level: silent ? 'no_data' : (row.level ?? 'no_data'),
    score: silent ? null : row.score,
    completeness: row.completeness ?? 0,
    computedAt: row.computed_at,
    healthModel: row.health_model ?? '',
    components: silent
      ? (row.components ?? []).map((component) => ({ ...component, level: 'no_data', score: null }))
      : (row.components ?? []),
    live: row.live ?? {},
    lastSeenAt: heard.length ? Math.max(...heard) : null,
    connection: row.online === null ? 'never' : row.online ? 'online' : 'offline',
    lifts24h: row.lifts ?? 0,
    openFindings: row.open_findings ?? 0,
    topFinding: row.top,
  };
}
