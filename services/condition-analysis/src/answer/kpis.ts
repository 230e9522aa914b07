import {
  addCell,
  adviceKpis,
  alarmRates,
  defaultShifts,
  emptyCell,
  kpiDefinitions,
  kpiProvenance,
  kpisOf,
  moreKpis,
  useSummary,
  shiftAt,
  type ConditionSettings,
  type AdviceOutcome,
  type AlarmSpan,
  type Kpi,
  type KpiCell,
  type UseRecord,
  type UseSummary,
  type Stop,
} from '@quaywatch/domain/condition';
import { toIso } from '@quaywatch/kernel';
import type { Queryable, ViewStore } from '@quaywatch/ports';
import { Refused, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { readSettingsNow } from '../catalogue/read-catalogue';
import { readAdvice } from './read-advice';
import { readStops } from './read-stops';
import { rangeOf, visibleFleet, type FleetRow } from './visible-fleet';

type Query = ApiCall<'getKpis'>['query'];

interface Assignment extends Record<string, unknown> {
  spreader: string;
  from_at: number;
  crane: string | null;
  number: string | null;
}

interface Group {
  readonly name: string;
  readonly spreaders: Map<string, FleetRow>;
  readonly cell: KpiCell;
  readonly stops: Stop[];
  hours: number;
  readonly alarms: AlarmSpan[];
  readonly advice: AdviceOutcome[];
  readonly use: UseSummary[];
  readonly values: Set<number | null>;
  readonly ratedLoads: Set<number>;
  readonly overload: { above100: number; above110: number; above125: number };
}

const hour = 3_600_000;
/** Hours of spreaders read at once; more is refused, never cut off silently. */
const mostHours = 300_000;

/** Figures of the spreaders the principal may see, cut as asked. Whole hours: an hour counts for where its middle falls. */
export async function answerKpis(
  store: ViewStore,
  { principal, query }: Pick<ApiCall<'getKpis'>, 'principal' | 'query'>,
  now: number,
): Promise<ApiAnswer<'getKpis'>> {
  const asked = rangeOf(query, 800 * 24 * hour);
  const from = Math.floor(asked.from / hour) * hour;
  const to = Math.ceil(asked.to / hour) * hour;
  const groups = await store.readAs(principal.org, async (q) => {
    const fleet = await visibleFleet(q, principal, 'moves.read', {
      id: query.spreader,
      terminal: query.terminal,
      model: query.model,
    });
    const settings = await readSettingsNow(
      q,
      principal.org,
      fleet.map(({ spreader }) => spreader),
      now,
    );
    return grouped(q, fleet, settings, query, from, to, now);
  });
  return {
    from: toIso(from),
    to: toIso(to),
    min_stop: Number(query.min_stop),
    definitions: Object.fromEntries(
      Object.entries(kpiDefinitions).map(([id, definition]) => [id, { ...definition, provenance: kpiProvenance(id) }]),
    ),
    groups: [...groups]
      .map(([key, group]) => ({
        key,
        name: group.name,
        spreaders: group.spreaders.size,
        kpis: figuresOf(group, query, from, to, now).map((kpi) => ({ ...kpi, parts: { ...kpi.parts } })),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
  };
}

function figuresOf(group: Group, query: Query, from: number, to: number, now: number): Kpi[] {
  const shift = query.group_by === 'shift' || query.shift !== undefined;
  const [value] = group.values.size === 1 ? group.values : [];
  const input = {
    cell: group.cell,
    stops: group.stops,
    assignedHours: shift ? null : group.hours,
    overload: group.overload,
    ratedLoad: group.ratedLoads.size === 1 ? ([...group.ratedLoads][0] ?? null) : null,
    minutes: Number(query.min_stop),
    now: Math.min(now, to),
    use: group.use,
    alarms: shift ? null : alarmRates(group.alarms, from, Math.min(now, to)),
    craneHourValue: value ?? null,
  };
  return [...kpisOf(input), ...moreKpis(input), ...adviceKpis(group.advice)];
}

async function grouped(
  q: Queryable,
  fleet: readonly FleetRow[],
  settings: (spreader: string) => ConditionSettings,
  query: Query,
  from: number,
  to: number,
  now: number,
): Promise<Map<string, Group>> {
  const groups = new Map<string, Group>();
  const byId = new Map(fleet.map((row) => [row.spreader, row]));
  const ids = [...byId.keys()];
  const assignments = await readAssignments(q, ids);
  const hourIn = hoursOfZones();
  const use = await readUse(q, ids, settings);
  const keyOf = (spreader: string, at: number): [string, string] | undefined => {
    const row = byId.get(spreader);
    if (!row) return undefined;
    const crane = craneAt(assignments.get(spreader) ?? [], at);
    if (query.crane !== undefined && crane?.crane !== query.crane && crane?.number !== query.crane) return undefined;
    const shift = shiftAt(hourIn(row.time_zone, at), defaultShifts);
    if (query.shift !== undefined && shift !== query.shift) return undefined;
    if (query.group_by === 'terminal') return [row.terminal, row.terminal_name];
    if (query.group_by === 'model') return [row.model, row.model];
    if (query.group_by === 'spreader') return [row.spreader, row.number];
    if (query.group_by === 'shift') return [shift, shift];
    if (query.group_by === 'crane') return [crane?.crane ?? 'none', crane?.number ?? '–'];
    return ['fleet', ''];
  };
  const groupAt = (spreader: string, at: number): Group | undefined => {
    const key = keyOf(spreader, at);
    const row = byId.get(spreader);
    if (!key || !row) return undefined;
    let group = groups.get(key[0]);
    if (!group)
      groups.set(
        key[0],
        (group = {
          name: key[1],
          spreaders: new Map(),
          cell: emptyCell(),
          stops: [],
          hours: 0,
          alarms: [],
          advice: [],
          use: [],
          values: new Set(),
          ratedLoads: new Set(),
          overload: { above100: 0, above110: 0, above125: 0 },
        }),
      );
    if (!group.spreaders.has(spreader)) {
      group.spreaders.set(spreader, row);
      group.values.add(row.crane_hour_value);
      group.ratedLoads.add(settings(spreader).signs.swl);
      const own = use.get(spreader);
      if (own) group.use.push(own);
    }
    return group;
  };
  const rows = await q.query<{ spreader: string; hour: number; cell: KpiCell }>(
    `select spreader, hour, cell from kpi_hour where spreader = any($1) and hour >= $2 and hour < $3
     order by spreader, hour limit ${mostHours + 1}`,
    [ids, from, to],
  );
  if (rows.length > mostHours)
    throw new Refused('invalid', 'That is too much at once: choose a shorter range, a terminal or a model.', [
      { pointer: '/query/from', code: 'too_much', detail: `More than ${mostHours} hours of spreaders.` },
    ]);
  const first = new Map<string, number>();
  for (const row of rows) {
    if (!first.has(row.spreader)) first.set(row.spreader, row.hour);
    const group = groupAt(row.spreader, row.hour + hour / 2);
    if (group) addCell(group.cell, row.cell);
  }
  for (const [spreader, begin] of first) {
    // Hour by hour, as the moves are: an hour under a crane counts for the group its middle falls in.
    for (let at = begin; at < Math.min(to, now); at += hour) {
      if (craneAt(assignments.get(spreader) ?? [], at + hour / 2) === undefined) continue;
      const group = groupAt(spreader, at + hour / 2);
      if (group) group.hours += Math.min(hour, now - at) / hour;
    }
  }
  for (const stop of await readStops(q, ids, from, to, now)) groupAt(stop.spreader, stop.from)?.stops.push(stop);
  for (const { spreader, ...outcome } of await readAdvice(q, ids, from, to)) {
    const group = groupAt(spreader, outcome.raisedAt);
    group?.alarms.push({ source: outcome.source, from: outcome.raisedAt, to: outcome.closedAt });
    group?.advice.push(outcome);
  }
  const heavy = await q.query<{ spreader: string; at: number; share: number }>(
    `select m.spreader, m.ended_at as at, m.load / r.rated as share
     from unnest($1::text[], $2::float8[]) as r (spreader, rated) join move m on m.spreader = r.spreader
     where m.ended_at >= $3 and m.ended_at < $4 and m.load > r.rated and m.result = 'completed'`,
    [ids, ids.map((spreader) => settings(spreader).signs.swl), from, to],
  );
  for (const { spreader, at, share } of heavy) {
    const group = groupAt(spreader, Math.floor(at / hour) * hour + hour / 2);
    if (!group) continue;
    group.overload.above100 += 1;
    if (share > 1.1) group.overload.above110 += 1;
    if (share > 1.25) group.overload.above125 += 1;
  }
  return groups;
}

/** Spreaders whose use on record is read at once; of larger fleets it is asked by terminal or model. */
const mostUse = 500;

async function readUse(
  q: Queryable,
  ids: readonly string[],
  settings: (spreader: string) => ConditionSettings,
): Promise<Map<string, UseSummary>> {
  if (ids.length > mostUse) return new Map();
  const rows = await q.query<{ spreader: string; use: UseRecord | null }>(
    `select spreader, state::jsonb -> 'use' as use from spreader_state where spreader = any($1)`,
    [ids],
  );
  return new Map(rows.flatMap(({ spreader, use }) => (use ? [[spreader, useSummary(settings(spreader), use)]] : [])));
}

async function readAssignments(q: Queryable, ids: readonly string[]): Promise<Map<string, Assignment[]>> {
  const rows = await q.query<Assignment>(
    `select a.spreader, a.from_at, a.crane, c.number from assignment a left join crane c on c.crane = a.crane
     where a.spreader = any($1) order by a.from_at`,
    [ids],
  );
  const bySpreader = new Map<string, Assignment[]>();
  for (const row of rows) bySpreader.set(row.spreader, [...(bySpreader.get(row.spreader) ?? []), row]);
  return bySpreader;
}

function craneAt(assignments: readonly Assignment[], at: number): { crane: string; number: string } | undefined {
  const last = assignments.filter(({ from_at }) => from_at <= at).at(-1);
  return last?.crane ? { crane: last.crane, number: last.number ?? last.crane } : undefined;
}

/** The local hour of a time; each zone's formatter is made once. */
function hoursOfZones(): (zone: string, at: number) => number {
  const formats = new Map<string, Intl.DateTimeFormat>();
  return (zone, at) => {
    let format = formats.get(zone);
    if (!format) {
      format = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hourCycle: 'h23', timeZone: zone });
      formats.set(zone, format);
    }
    return Number(format.format(at));
  };
}
