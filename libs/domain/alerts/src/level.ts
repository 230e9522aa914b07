import type { ConditionLevel } from '@quaywatch/contracts';

const severity: Readonly<Record<ConditionLevel, number>> = { ok: 0, watch: 1, no_data: 2, plan: 3, act_now: 4 };

/** Whether level `a` asks for more attention than `b`; not knowing asks for less than planned work. */
export const isWorse = (a: ConditionLevel, b: ConditionLevel): boolean => severity[a] > severity[b];

/** What a level of condition means for an alarm: `watch` changing is no alarm, not knowing changes nothing. */
export function callOf(level: ConditionLevel): 'raise' | 'clear' | 'nothing' {
  if (level === 'plan' || level === 'act_now') return 'raise';
  return level === 'no_data' ? 'nothing' : 'clear';
}
