import type { Level } from '../api/queries';
import type { Incident } from './queries';

/** Shape and colour of a level of incidents. */
export const incidentLevels: Readonly<Record<Incident['level'], Level>> = {
  low: 'ok',
  medium: 'watch',
  high: 'plan',
  critical: 'act_now',
};
