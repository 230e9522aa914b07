import type { UseSummary } from '../fatigue/use-record';
import type { AlarmRates } from './alarm-rates';
import { betweenFailures } from './between-failures';
import type { Kpi, KpiInput } from './kpis';
import { failuresOf, type Stop } from './stops';

/** What further figures need beside moves and stops. */
export interface MoreKpiInput extends KpiInput {
  /** Use on record of the spreaders of the cut, up to their newest move; empty = not on record. */
  readonly use: readonly UseSummary[];
  /** Alarms of the period; null where they are not cut so (a shift). */
  readonly alarms: AlarmRates | null;
  /** What an hour of a crane is worth, in the terminal's currency; null = not known, or not the same for all. */
  readonly craneHourValue: number | null;
}

const hour = 3_600_000;

/** Figures of domain.md §3 about waiting, use, life, alarms and cost, in the order of the definitions. */
export function moreKpis(input: MoreKpiInput): Kpi[] {
  const { stops, minutes, now, assignedHours: planned, cell } = input;
  const confirmed = failuresOf(stops, 'confirmed', minutes, now);
  const longer = failuresOf(stops, 'longer', minutes, now);
  const split = confirmed.flatMap(({ times }) => (times ? [times] : []));
  const mean = (list: readonly number[]): number | null =>
    list.length === 0 ? null : list.reduce((sum, value) => sum + value, 0) / list.length;
  const lasted = (stop: Stop): number => ((stop.to ?? now) - stop.from) / hour;
  const down = longer.reduce((sum, stop) => sum + lasted(stop), 0);
  const hours = cell.active / hour;
  return [
    figure('mwt', 'min', mean(split.map(({ response, parts }) => response + parts)), split.length, confirmed.length, {
      response: mean(split.map(({ response }) => response)),
      parts: mean(split.map(({ parts }) => parts)),
    }),
    figure('mdt', 'min', mean(longer.map((stop) => 60 * lasted(stop))), longer.length, null),
    inherent(hours, confirmed, now),
    contractual(input, longer),
    figure(
      'utilisation',
      '%',
      planned !== null && planned > 0 ? Math.min(100, (100 * hours) / planned) : null,
      cell.moves,
      null,
      { working_hours: hours, planned_hours: planned },
    ),
    period(input.use),
    alarms(input.alarms),
    figure(
      'failure_cost',
      '1',
      input.craneHourValue === null ? null : down * input.craneHourValue,
      longer.length,
      null,
      {
        down_hours: down,
        crane_hour_value: input.craneHourValue,
      },
    ),
  ];
}

function inherent(hours: number, confirmed: readonly Stop[], now: number): Kpi {
  const { value: mtbf } = betweenFailures(hours, confirmed.length);
  const n = confirmed.length;
  const mttr = n === 0 ? null : confirmed.reduce((sum, { from, to }) => sum + (to ?? now) - from, 0) / n / hour;
  const value = mtbf === null || mttr === null ? null : (100 * mtbf) / (mtbf + mttr);
  return figure('availability.inherent', '%', value, n, null, { mtbf_hours: mtbf, mttr_hours: mttr });
}

/** Planned time without agreed windows, and down time outside of them. */
function contractual({ stops, assignedHours, now }: MoreKpiInput, longer: readonly Stop[]): Kpi {
  const windows = stops.filter(({ cause }) => cause === 'planned');
  const agreed = windows.reduce((sum, { from, to }) => sum + ((to ?? now) - from) / hour, 0);
  const down = longer.reduce((sum, stop) => {
    const [from, to] = [stop.from, stop.to ?? now];
    const inside = windows
      .filter(({ spreader }) => spreader === stop.spreader)
      .reduce((all, window) => all + Math.max(0, Math.min(to, window.to ?? now) - Math.max(from, window.from)), 0);
    return sum + Math.max(0, to - from - inside) / hour;
  }, 0);
  const base = assignedHours === null ? null : assignedHours - agreed;
  return figure(
    'availability.contractual',
    '%',
    base === null || base <= 0 ? null : Math.max(0, (100 * (base - down)) / base),
    longer.length,
    null,
    { planned_hours: base, agreed_hours: agreed, down_hours: down },
  );
}

/** The spreader of the cut that has used most. */
function period(use: readonly UseSummary[]): Kpi {
  const most = [...use].sort((a, b) => b.usedPeriod - a.usedPeriod)[0];
  return {
    ...figure('dwp', '%', most?.usedPeriod ?? null, use.length, null, {
      fatigue: most?.fatigue ?? null,
      kp: most?.kp ?? null,
      years_left: most?.years?.middle ?? null,
      years_left_low: most?.years?.low ?? null,
      years_left_high: most?.years?.high ?? null,
      mean: use.length === 0 ? null : use.reduce((sum, one) => sum + one.usedPeriod, 0) / use.length,
    }),
  };
}

const alarms = (rates: AlarmRates | null): Kpi =>
  figure('alarm_rate', '/d', rates?.perDay ?? null, rates?.count ?? 0, null, {
    peak_10_min: rates?.peak ?? null,
    flood_share: rates?.floodShare ?? null,
    chattering: rates?.chattering ?? null,
    stale: rates?.stale ?? null,
    top_ten_share: rates?.topTen ?? null,
  });

const figure = (
  id: string,
  unit: string,
  value: number | null,
  n: number,
  of: number | null,
  parts: Kpi['parts'] = {},
): Kpi => ({ id, unit, value, low: null, high: null, n, of, parts });
