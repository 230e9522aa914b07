import type { ConditionLevel } from '@quaywatch/contracts';
import type { ConditionSettings } from '../settings';
import type { SpreaderState } from '../state';
import { specOf } from '../tracks/track-book';
import { limitValue, type Step } from './limit';

/** A limit line of a chart, in the signal's unit. */
export interface ShownLimit {
  readonly level: ConditionLevel;
  readonly above?: number;
  readonly below?: number;
}

const levels: readonly [Step, ConditionLevel][] = [
  [1, 'watch'],
  [2, 'plan'],
  [3, 'act_now'],
];

/** Limits of a signal of a spreader as lines; those relative to a baseline only when it is learned (`state` given). */
export function shownLimits(
  settings: ConditionSettings,
  state: SpreaderState | undefined,
  signal: string,
): ShownLimit[] {
  const spec = specOf(settings, signal);
  if (!spec || spec.statistic === 'count') return [];
  const baseline = state?.tracks[signal]?.baseline?.learnt?.center ?? null;
  return spec.limits.flatMap((limit) =>
    levels.flatMap(([step, level]) => {
      const middle = baseline ?? 0;
      const lines: ShownLimit[] = [];
      const up = limitValue(limit, step, middle + 1, baseline);
      const down = limitValue(limit, step, middle - 1, baseline);
      if (limit.side !== 'below' && up !== null) lines.push({ level, above: up });
      if (limit.side !== 'above' && down !== null) lines.push({ level, below: down });
      return lines;
    }),
  );
}
