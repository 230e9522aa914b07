import type { Provenance } from '@quaywatch/contracts';
import { studentQuantile } from '../detect/normal';
import type { ConditionSettings } from '../settings';
import { scaledBook, type WorkBook } from './day-book';
import { usedPeriod } from './duty';
import { fatigueUsed, type UseRecord } from './use-record';

/** Years until a part has used what it is made for, at the pace on record. */
export interface Years {
  readonly middle: number;
  readonly low: number;
  /** Null = there is no end to be seen. */
  readonly high: number | null;
}

/** What a component has used of what it is made for, and what is left (ISO 13374 block PA). */
export interface ComponentLife {
  /** Concrete code, e.g. `TL[3]`. */
  readonly component: string;
  /** Serial number, where one is on record. */
  readonly serial: string | null;
  /** What it is measured by: duty against the design (ISO 12482), fatigue damage (Miner), lock cycles against their limit. */
  readonly basis: 'designed_working_period' | 'fatigue' | 'lock_cycles';
  /** % */
  readonly used: number;
  /** Null while there are too few days on record to say how fast. */
  readonly years: Years | null;
  /** Share of the lives that end within the interval, 0…1. */
  readonly coverage: number;
  /** Days of work on record that the pace comes from. */
  readonly days: number;
  readonly provenance: Provenance;
}

/** Days on record before anything is said of the pace. */
const leastDays = 7;
const year = 365.25;

/** Upper and lower 5 % points of Student's t with so many degrees of freedom. */
export const studentT95 = (freedom: number): number => studentQuantile(1.6448536, freedom);

/** Weeks that are enough to see how uneven they are; before that, days are taken as independent of each other. */
const leastWeeks = 4;

/**
 * Years in which days like those on record use `left`: n days ahead sum up to n·mean, with the scatter of the days ahead
 * (s²·n) and of the mean that was learned (s²·n²/days); the ends of the 90 % interval are the n at which that sum, with
 * Student's t either side, passes `left`. s² comes from sums of seven days, so that a regular day without work is no
 * scatter and busy days in a row are.
 */
export function yearsLeft(left: number, book: WorkBook): Years | null {
  const { days, weeks } = book;
  if (days < leastDays || book.sum <= 0) return null;
  if (left <= 0) return { middle: 0, low: 0, high: 0 };
  const mean = book.sum / days;
  const byWeek = weeks >= leastWeeks;
  const n = byWeek ? weeks : days;
  const [sum, squares] = byWeek ? [book.weekSum, book.weekSquares] : [book.sum, book.squares];
  const variance = (Math.max(0, squares / n - (sum / n) ** 2) * (n / (n - 1))) / (byWeek ? 7 : 1);
  const t = studentT95(n - 1);
  /** Days after which the sum, so many deviations faster or slower, passes `left`; null = never. */
  const passes = (sign: 1 | -1): number | null => {
    const used = (ahead: number): number => ahead * mean + sign * t * Math.sqrt(variance * (ahead + ahead ** 2 / days));
    let [low, high] = [0, (4 * left) / mean];
    while (used(high) < left) {
      if (high > 1e7) return null;
      high *= 4;
    }
    for (let i = 0; i < 80; i++) {
      const middle = (low + high) / 2;
      if (used(middle) < left) low = middle;
      else high = middle;
    }
    return high / year;
  };
  return { middle: left / mean / year, low: passes(1) ?? Infinity, high: passes(-1) };
}

/** What the whole spreader and its structure have used and have left, from the use on record. */
export function livesOfUse(settings: ConditionSettings, use: UseRecord): ComponentLife[] {
  const { design, before } = settings.fatigue;
  const scale = use.weighed > 0 ? use.cycles / use.weighed : 0;
  const used = before + usedPeriod(use.duty * scale, design);
  const fatigue = fatigueUsed(settings, use);
  // Duty and damage as shares of their ends, %; for the duty lifts that were not weighed count as the mean of those that were.
  const duty = scaledBook(use.days?.duty, scale * usedPeriod(1, design));
  const damage = scaledBook(use.days?.damage, 100);
  const life = (
    component: string,
    basis: ComponentLife['basis'],
    share: number,
    book: WorkBook,
    inputs: readonly string[],
  ): ComponentLife => ({
    component,
    serial: null,
    basis,
    used: share,
    years: yearsLeft(100 - share, book),
    coverage,
    days: book.days,
    provenance: {
      block: 'PA',
      algorithm: `remaining-life/${basis}@${settings.model}`,
      version: '1',
      inputs: [...inputs],
    },
  });
  return [
    life('SPR', 'designed_working_period', used, duty, ['load.total']),
    life('STR', 'fatigue', fatigue, damage, ['load.total', 'load.dyn']),
  ];
}

/** What a twistlock has used of the lock cycles it is made for, with its cycles of each day on record. */
export function lifeOfTwistlock(
  settings: ConditionSettings,
  {
    component,
    serial,
    cycles,
    book,
  }: Pick<ComponentLife, 'component' | 'serial'> & { readonly cycles: number; readonly book: WorkBook },
): ComponentLife {
  const most = settings.fatigue.lockCycles;
  return {
    component,
    serial,
    basis: 'lock_cycles',
    used: (100 * cycles) / most,
    years: yearsLeft(most - cycles, book),
    coverage,
    days: book.days,
    provenance: {
      block: 'PA',
      algorithm: `remaining-life/lock_cycles@${settings.model}`,
      version: '1',
      inputs: ['moves', 'component passport'],
    },
  };
}

const coverage = 0.9;
