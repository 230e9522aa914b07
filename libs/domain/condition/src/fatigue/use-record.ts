import type { MoveRecord } from '@quaywatch/contracts';
import type { ConditionSettings } from '../settings';
import { usedPeriod } from './duty';
import { minerDamage } from './miner';
import { addToRainflow, freshRainflow, residue, type RainflowState } from './rainflow';

/** Something that must stay on record for good: its kind, when, and how much. */
export interface ExceptionalUse {
  readonly kind: 'overload' | 'snag' | 'hard_landing';
  readonly at: number;
  /** Share of the safe working load, or g; null where there is no measure. */
  readonly size: number | null;
}

/** The use of a spreader since monitoring began (ISO 12482). JSON-serialisable, bounded. */
export interface UseRecord {
  /** First and last move on record, ms. */
  from: number;
  to: number;
  /** Lifts of a load, and of those the weighed ones. */
  cycles: number;
  weighed: number;
  /** Σ (load / safe working load)³ and Σ of its square over weighed lifts: duty, and how it scatters. */
  duty: number;
  dutySquares: number;
  /** Turning points of the load, and damage of the cycles counted (share of the life). */
  rainflow: RainflowState;
  damage: number;
  /** Cycles counted by tenth of the safe working load, the last for all above. */
  ranges: number[];
  exceptional: { overload: number; snag: number; hard_landing: number };
  /** The latest of them. */
  latest: ExceptionalUse[];
}

const classes = 15;
const mostLatest = 20;

/** Nothing on record. */
export const freshUse = (): UseRecord => ({
  from: 0,
  to: 0,
  cycles: 0,
  weighed: 0,
  duty: 0,
  dutySquares: 0,
  rainflow: freshRainflow(),
  damage: 0,
  ranges: new Array<number>(classes).fill(0),
  exceptional: { overload: 0, snag: 0, hard_landing: 0 },
  latest: [],
});

/**
 * Puts a completed move on record: the load rises from nothing to load × dynamic factor and falls again; rainflow
 * counts it (ASTM E1049) and its damage adds up (Miner). Bounded memory. Changes `use`.
 */
export function recordUse(
  { signs, fatigue }: ConditionSettings,
  use: UseRecord,
  record: Omit<MoveRecord, 'move' | 'spreader'>,
  snagged: boolean,
): void {
  const { load, endedAt: at, features } = record;
  const note = (kind: ExceptionalUse['kind'], size: number | null): void => {
    use.exceptional[kind] += 1;
    use.latest.push({ kind, at, size });
    if (use.latest.length > mostLatest) use.latest.shift();
  };
  if (snagged) note('snag', null);
  const peak = features['landing.peakG'];
  if (peak !== undefined && peak > signs.severeLanding) note('hard_landing', peak);
  if (record.result !== 'completed') return;
  if (use.from === 0 || at < use.from) use.from = at;
  use.to = Math.max(use.to, at);
  use.cycles += 1;
  if (load === null || load <= 0) return;
  const share = load / signs.swl;
  if (share > signs.overload) note('overload', Number(share.toPrecision(4)));
  use.weighed += 1;
  use.duty += share ** 3;
  use.dutySquares += share ** 6;
  const dynamic = Math.max(1, features['load.dyn'] ?? 1);
  for (const value of [0, load * dynamic, 0]) {
    const counted = addToRainflow(use.rainflow, value);
    use.damage += minerDamage(fatigue.curve, counted);
    for (const { range, count } of counted) {
      const i = Math.min(classes - 1, Math.floor((10 * range) / signs.swl));
      use.ranges[i] = (use.ranges[i] as number) + count;
    }
  }
}

/** Share of the fatigue life used since monitoring began, with what the last turning points will count, %. */
export const fatigueUsed = ({ fatigue }: ConditionSettings, use: UseRecord): number =>
  100 * (use.damage + minerDamage(fatigue.curve, residue(use.rainflow)));

/** What the record amounts to. */
export interface UseSummary {
  /** Designed working period used, % (ISO 12482), and fatigue life used, % (Miner). */
  readonly usedPeriod: number;
  readonly fatigue: number;
  /** Load spectrum factor; null before anything was weighed. */
  readonly kp: number | null;
  /** Years until 100 % at the pace of the record, with a 90 % interval; null before a week is on record. */
  readonly years: { readonly middle: number; readonly low: number; readonly high: number } | null;
}

const week = 7 * 86_400_000;
const year = 365.25 * 86_400_000;

/**
 * Sums a record up. Lifts that were not weighed count with the mean of those that were. The interval of the years takes
 * the lifts as a compound Poisson process: the variance of the duty is Σ (share³)², 1.645 deviations either side.
 */
export function useSummary(settings: ConditionSettings, use: UseRecord): UseSummary {
  const { design, before } = settings.fatigue;
  const scale = use.weighed > 0 ? use.cycles / use.weighed : 0;
  const duty = use.duty * scale;
  const used = before + usedPeriod(duty, design);
  const span = use.to - use.from;
  const summary = {
    usedPeriod: used,
    fatigue: fatigueUsed(settings, use),
    kp: use.weighed > 0 ? use.duty / use.weighed : null,
  };
  if (span < week || use.duty <= 0) return { ...summary, years: null };
  const left = Math.max(0, 100 - used);
  const spread = (1.645 * Math.sqrt(use.dutySquares)) / use.duty;
  const yearsAt = (factor: number): number => left / ((usedPeriod(duty * factor, design) / span) * year);
  return {
    ...summary,
    years: { middle: yearsAt(1), low: yearsAt(1 + spread), high: spread < 1 ? yearsAt(1 - spread) : Infinity },
  };
}
