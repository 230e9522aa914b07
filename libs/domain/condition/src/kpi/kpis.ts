import { betweenFailures } from './between-failures';
import { dwellParts, type KpiCell } from './cell';
import { countOf, quantileOf } from './histogram';
import { stateOfLoading } from './load-spectrum';
import { failuresOf, type CountingRule, type RepairTimes, type Stop } from './stops';

/** A figure with everything that is needed to judge it. */
export interface Kpi {
  readonly id: string;
  /** UCUM unit. */
  readonly unit: string;
  /** Null = cannot be said. */
  readonly value: number | null;
  /** 90 % band where one is defined. With value null and low given: "more than low, no failures". */
  readonly low: number | null;
  readonly high: number | null;
  /** Sample size: failures, moves or repairs, as the counting rule says. */
  readonly n: number;
  /** How many it should be: moves in all. Null where everything is counted. */
  readonly of: number | null;
  /** Parts of the figure by name: corners, classes, states. */
  readonly parts: Readonly<Record<string, number | null>>;
}

/** What figures are made of. */
export interface KpiInput {
  readonly cell: KpiCell;
  readonly stops: readonly Stop[];
  /** Hours under a crane in the period; null when the cut has none (a shift). */
  readonly assignedHours: number | null;
  /** Overloads by share of the rated load, and lifts weighed where the rated load is known. */
  readonly overload: { readonly above100: number; readonly above110: number; readonly above125: number };
  /** Rated load, t; null when the spreaders of the cut differ. */
  readonly ratedLoad: number | null;
  /** X of the rule "longer than X min". */
  readonly minutes: number;
  readonly now: number;
}

const rules: readonly CountingRule[] = ['all', 'longer', 'confirmed'];
const hour = 3_600_000;

/** Every figure of domain.md §3 that the data can give, in the order of the definitions. */
export function kpisOf(input: KpiInput): Kpi[] {
  const { cell, stops, minutes, now, assignedHours } = input;
  const hours = cell.active / hour;
  const failures = Object.fromEntries(rules.map((rule) => [rule, failuresOf(stops, rule, minutes, now)])) as Record<
    CountingRule,
    Stop[]
  >;
  const out: Kpi[] = [
    plain('moves', '1', cell.moves, cell.moves, null, {
      cycles: cell.cycles,
      lifts: cell.lifts,
      boxes: cell.boxes,
      teu: cell.teu,
      aborted: cell.aborted,
    }),
  ];
  for (const rule of rules) {
    const n = failures[rule].length;
    out.push({
      id: `mmbf.${rule}`,
      unit: '1',
      ...betweenFailures(cell.moves, n),
      n,
      of: null,
      parts: { moves: cell.moves },
    });
  }
  for (const rule of rules) {
    const n = failures[rule].length;
    out.push({ id: `mtbf.${rule}`, unit: 'h', ...betweenFailures(hours, n), n, of: null, parts: { hours } });
  }
  out.push(repairTime(failures.confirmed, now));
  const down = failures.longer.reduce((sum, { from, to }) => sum + ((to ?? now) - from) / hour, 0);
  const planned = assignedHours;
  out.push(
    plain(
      'availability',
      '%',
      planned === null || planned <= 0 ? null : Math.max(0, (100 * (planned - down)) / planned),
      failures.longer.length,
      null,
      { planned_hours: planned, down_hours: down },
    ),
  );
  out.push(
    plain('moves_per_hour', '/h', hours > 0 ? cell.moves / hours : null, cell.moves, null, {
      gross: planned !== null && planned > 0 ? cell.moves / planned : null,
    }),
  );
  out.push(spread(cell, 'cycle', 'cycle_time', 's', cell.moves, 0.9, ['unladen', 'laden', ...dwellParts]));
  out.push(spread(cell, 'lockTime', 'lock_time', 'ms', cell.cycles, 0.95, corners(cell)));
  const attempts = cell.sums['attempts'];
  out.push(plain('landing_attempts', '1', attempts ? attempts.sum / attempts.n : null, attempts?.n ?? 0, cell.cycles));
  const landings = countOf(cell.histograms['landing'] ?? {});
  const per1000 = (n: number, of: number): number | null => (of > 0 ? (1000 * n) / of : null);
  const hard = (cell.counts['landing.4to6'] ?? 0) + (cell.counts['landing.above6'] ?? 0);
  out.push(
    plain('landing_impact', '/1000', per1000(hard, landings), landings, cell.cycles, {
      below2: cell.counts['landing.below2'] ?? 0,
      '2to4': cell.counts['landing.2to4'] ?? 0,
      '4to6': cell.counts['landing.4to6'] ?? 0,
      above6: cell.counts['landing.above6'] ?? 0,
    }),
  );
  out.push(spread(cell, 'side', 'side_impact', '[g]', cell.cycles, 0.95, []));
  const loads = cell.sums['load'];
  const { above100, above110, above125 } = input.overload;
  out.push(plain('overload', '1', loads ? above100 : null, loads?.n ?? 0, cell.moves, { above110, above125 }));
  const ecc = cell.sums['eccentricity'];
  const ecc15 = cell.counts['eccentric.15'] ?? 0;
  out.push(
    plain(
      'eccentric',
      '/1000',
      ecc ? per1000(cell.counts['eccentric.10'] ?? 0, ecc.n) : null,
      ecc?.n ?? 0,
      cell.moves,
      {
        above15: ecc ? per1000(ecc15, ecc.n) : null,
        mean: ecc ? ecc.sum / ecc.n : null,
      },
    ),
  );
  out.push(loadSpectrum(input));
  const energy = cell.sums['energy'];
  out.push(plain('energy', 'kW.h', energy ? energy.sum / energy.n : null, energy?.n ?? 0, cell.moves));
  const all = cell.lifts + cell.aborted + cell.incomplete;
  out.push(plain('completeness', '%', all > 0 ? (100 * (all - cell.incomplete)) / all : null, all, null));
  return out;
}

function loadSpectrum({ cell, ratedLoad }: KpiInput): Kpi {
  const cubes = cell.sums['load³'];
  const kp = cubes && ratedLoad !== null ? cubes.sum / cubes.n / ratedLoad ** 3 : null;
  const q = kp === null ? null : ['Q1', 'Q2', 'Q3', 'Q4', 'above Q4'].indexOf(stateOfLoading(kp)) + 1;
  return plain('load_spectrum', '1', kp, cubes?.n ?? 0, cell.moves, { q, rated_load: ratedLoad });
}

const repairParts: readonly (keyof RepairTimes)[] = ['response', 'diagnosis', 'parts', 'repair', 'test'];

function repairTime(stops: readonly Stop[], now: number): Kpi {
  const n = stops.length;
  const mean = n === 0 ? null : stops.reduce((sum, { from, to }) => sum + (to ?? now) - from, 0) / n / 60_000;
  const split = stops.flatMap(({ times }) => (times ? [times] : []));
  const parts = Object.fromEntries(
    repairParts.map((name) => [
      name,
      split.length === 0 ? null : split.reduce((sum, times) => sum + times[name], 0) / split.length,
    ]),
  );
  return plain('mttr', 'min', mean, n, null, { ...parts, split_known: split.length });
}

const corners = (cell: KpiCell): string[] =>
  Array.from({ length: 8 }, (_, i) => `lockTime[${i + 1}]`).filter((name) => cell.histograms[name]);

/** Median, upper quantile and parts of a histogram. */
function spread(
  cell: KpiCell,
  name: string,
  id: string,
  unit: string,
  of: number,
  upper: number,
  parts: readonly string[],
): Kpi {
  const histogram = cell.histograms[name] ?? {};
  const shown: Record<string, number | null> = { [`p${upper * 100}`]: quantileOf(histogram, upper) };
  for (const part of parts) {
    shown[part] = quantileOf(cell.histograms[part] ?? {}, 0.5);
    shown[`${part}.p${upper * 100}`] = quantileOf(cell.histograms[part] ?? {}, upper);
  }
  return plain(id, unit, quantileOf(histogram, 0.5), countOf(histogram), of, shown);
}

const plain = (
  id: string,
  unit: string,
  value: number | null,
  n: number,
  of: number | null,
  parts: Kpi['parts'] = {},
): Kpi => ({ id, unit, value, low: null, high: null, n, of, parts });
