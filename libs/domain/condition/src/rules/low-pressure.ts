import type { Look } from './rule';

/** Pressure under demand is low: whatever moves by oil is slow for that reason, not for one of its own. */
export function lowPressure(look: Look): boolean {
  const press = look('hyd.press');
  return (press?.step ?? 0) > 0 || (press?.judged === true && press.severity >= 1);
}
