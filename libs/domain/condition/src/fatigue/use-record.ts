import type { FinishedMove } from '../moves/close-move';
import type { ConditionSettings } from '../settings';
import { yearsLeft, type Years } from './component-life';
import { addToDays, scaledBook, type DayBook } from './day-book';
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
  /** Duty: Σ (load / safe working load)³ over weighed lifts. */
  duty: number;
  /** Duty and damage day by day; absent on records begun before. */
  days?: { duty: DayBook; damage: DayBook };
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
  record: FinishedMove['record'],
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
  const before = use.damage;
  const dynamic = Math.max(1, features['load.dyn'] ?? 1);
  for (const value of [0, load * dynamic, 0]) {
    const counted = addToRainflow(use.rainflow, value);
    use.damage += minerDamage(fatigue.curve, counted);
    for (const { range, count } of counted) {
      const i = Math.min(classes - 1, Math.floor((10 * range) / signs.swl));
      use.ranges[i] = (use.ranges[i] as number) + count;
    }
  }
  use.days = {
    duty: addToDays(use.days?.duty, at, share ** 3),
    damage: addToDays(use.days?.damage, at, use.damage - before),
  };
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
  /** Years until 100 % at the pace of the days on record, with a 90 % interval; null before a week is on record. */
  readonly years: Years | null;
}

/**
 * Sums a record up. Lifts that were not weighed count with the mean of those that were.
 */
export function useSummary(settings: ConditionSettings, use: UseRecord): UseSummary {
  const { design, before } = settings.fatigue;
  const scale = use.weighed > 0 ? use.cycles / use.weighed : 0;
  const duty = use.duty * scale;
  const used = before + usedPeriod(duty, design);
  const summary = {
    usedPeriod: used,
    fatigue: fatigueUsed(settings, use),
    kp: use.weighed > 0 ? use.duty / use.weighed : null,
  };
  const years = yearsLeft(100 - used, scaledBook(use.days?.duty, scale * usedPeriod(1, design)));
  return { ...summary, years };
}
