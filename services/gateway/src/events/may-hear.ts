import type { Principal } from '@quaywatch/contracts';
import { can, visibleTerminals } from '@quaywatch/domain/access';
import type { Placed } from './recent-events';

/** Whether somebody may hear of an event: their organisation, the event's own permission, and the terminal it is about. */
export function mayHear(
  principal: Principal,
  live: Pick<Placed, 'org' | 'terminal' | 'permission'>,
  terminal: string | undefined,
): boolean {
  if (live.org !== principal.org) return false;
  if (terminal !== undefined && live.terminal !== terminal) return false;
  if (!can(principal, live.permission, { org: live.org, terminal: live.terminal })) return false;
  const heard = visibleTerminals(principal, 'events.read');
  return heard === 'all' || (live.terminal !== null && heard.includes(live.terminal));
}
