import type { Advice, ComponentHealth, ConditionLevel, Permission, Principal, Provenance } from '@quaywatch/contracts';
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
  readonly provenance: Provenance;
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
  /** A part of the list, worst first, without components; by default all, by number. */
  readonly list?: {
    readonly levels?: readonly ConditionLevel[] | undefined;
    /** Part of a number, model, crane or terminal's name; case does not matter. */
    readonly find?: string | undefined;
    /** Rank, number and id of the last one before. */
    readonly after?: readonly [rank: number, number: string, spreader: string] | undefined;
    readonly limit: number;
  };
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
  level: ConditionLevel;
  score: number | null;
  completeness: number | null;
  computed_at: number | null;
  health_model: string | null;
  components: ComponentHealth[] | null;
  provenance: Provenance | null;
  live: SpreaderView['live'] | null;
  heard_at: number | null;
  online: boolean | null;
  connection_at: number | null;
  lifts: number | null;
  open_findings: number | null;
  top: Advice | null;
}

/** Worst first: what needs work, then what nobody knows, then what is well. */
const ranks: readonly ConditionLevel[] = ['act_now', 'plan', 'watch', 'no_data', 'ok'];

/** Place of a condition in lists, from 0. */
export const rankOf = (level: ConditionLevel): number => ranks.indexOf(level);

/**
 * Spreaders with their condition. What decides on place and page comes first; counting moves and findings is done for
 * the page only. Parameters: terminals, terminal, id or number, since when moves count, now, oldest sample that counts,
 * levels, text to find, rank, number and id of the last one before, how many, whether worst come first.
 */
export const spreadersSql = `
  with shown as (
    select s.*, t.name as terminal_name, t.time_zone, c.score, c.completeness, c.computed_at, c.model as health_model,
      c.data_until, c.heard_at, case when c.data_until >= $6 then c.level else 'no_data' end as level
    from fleet_spreader s
    left join terminal t on t.terminal = s.terminal
    left join spreader_condition c on c.spreader = s.spreader
    where ($1::text[] is null or s.terminal = any($1)) and ($2::text is null or s.terminal = $2)
      and ($3::text is null or s.spreader = $3 or s.number = $3)
  ), ranked as (
    select *, array_position(array['act_now','plan','watch','no_data','ok'], level) - 1 as rank from shown
    where ($7::text[] is null or level = any($7))
      and ($8::text is null or position($8 in lower(concat_ws(E'\n', number, model, terminal_name) collate "und-x-icu")) > 0
        or position($8 in lower((
          select k.number from assignment a join crane k on k.crane = a.crane
          where a.spreader = shown.spreader and a.from_at <= $5 order by a.from_at desc limit 1) collate "und-x-icu")) > 0)
  ), page as (
    select * from ranked
    where $9::int is null or (rank, number collate "C", spreader collate "C") > ($9::int, $10::text, $11::text)
    order by case when $13::boolean then rank end, number collate "C", spreader collate "C" limit $12
  )
  select p.*, k.crane, k.number as crane_number, d.online, d.at as connection_at, l.lifts, f.open_findings, f.top,
    case when $3::text is null then null else (select live from spreader_condition c where c.spreader = p.spreader) end as live,
    case when $13::boolean then null else (select components from spreader_condition c where c.spreader = p.spreader) end
      as components,
    case when $13::boolean then null else (select provenance from spreader_condition c where c.spreader = p.spreader) end
      as provenance
  from page p
  left join lateral (
    select a.crane from assignment a where a.spreader = p.spreader and a.from_at <= $5 order by a.from_at desc limit 1
  ) a on true
  left join crane k on k.crane = a.crane
  left join lateral (
    select online, at from device_connection dc where dc.spreader = p.spreader order by at desc, btu limit 1
  ) d on true
  left join lateral (
    select count(*)::int as lifts from move m where m.spreader = p.spreader and m.result = 'completed' and m.ended_at > $4
  ) l on true
  left join lateral (
    select count(*)::int as open_findings,
      (array_agg(advice order by array_position(array['act_now','plan','watch'], level), risk_hours desc, finding))[1] as top
    from finding where finding.spreader = p.spreader and status = 'open'
  ) f on true
  order by case when $13::boolean then p.rank end, p.number collate "C", p.spreader collate "C"`;

/**
 * The spreaders that the principal may see, by number. The condition is that of the time of asking: when the newest
 * sample is too old, it is `no_data` and there is no score, whatever was known before (law L9).
 */
export async function readSpreaders(q: Queryable, query: SpreaderQuery): Promise<SpreaderView[]> {
  const { principal, permission, now } = query;
  const terminals = visibleTerminals(principal, permission);
  const { list } = query;
  const rows = await q.query<SpreaderRow>(spreadersSql, [
    terminals === 'all' ? null : terminals,
    query.terminal ?? null,
    query.id ?? null,
    now - 86_400_000,
    now,
    now - query.noDataAfter,
    list?.levels ?? null,
    list?.find?.trim().toLowerCase() || null,
    ...(list?.after ?? [null, null, null]),
    list?.limit ?? null,
    list !== undefined,
  ]);
  return rows.map((row) => viewOf(row));
}

function viewOf(row: SpreaderRow): SpreaderView {
  const silent = row.level === 'no_data';
  const heard = [row.heard_at, row.connection_at].filter((at): at is number => at !== null);
  return {
    spreader: row.spreader,
    number: row.number,
    model: row.model,
    type: row.type,
    terminal: { id: row.terminal, name: row.terminal_name ?? row.terminal, time_zone: row.time_zone ?? 'UTC' },
    crane: row.crane !== null && row.crane_number !== null ? { id: row.crane, number: row.crane_number } : null,
    level: row.level,
    score: silent ? null : row.score,
    completeness: row.completeness ?? 0,
    computedAt: row.computed_at,
    healthModel: row.health_model ?? '',
    components: silent
      ? (row.components ?? []).map((component) => ({ ...component, level: 'no_data', score: null }))
      : (row.components ?? []),
    provenance: row.provenance ?? { block: 'HA', algorithm: 'health-index', version: '', inputs: [] },
    live: row.live ?? {},
    lastSeenAt: heard.length ? Math.max(...heard) : null,
    connection: row.online === null ? 'never' : row.online ? 'online' : 'offline',
    lifts24h: row.lifts ?? 0,
    openFindings: row.open_findings ?? 0,
    topFinding: row.top,
  };
}
