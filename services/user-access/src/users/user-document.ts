import type { HeldRole, RoleScope } from '@quaywatch/contracts';
import type { Instant } from '@quaywatch/kernel';
import { toIso } from '@quaywatch/kernel';
import type { AccountRow } from './account-view';

/** The roles that a person holds now, as the API shows them; what has ended is not shown. */
export const rolesOf = (
  row: Pick<AccountRow, 'roles'>,
  now: Instant,
): { role: HeldRole; scope: RoleScope; until?: string }[] =>
  row.roles
    .filter(({ until }) => until === undefined || until > now)
    .map(({ role, scope, until }) => ({ role, scope, ...(until === undefined ? {} : { until: toIso(until) }) }));

/** The state of an account as the API shows it. */
export const stateOf = ({ state }: Pick<AccountRow, 'state'>): 'invited' | 'active' | 'disabled' =>
  state === 'active' || state === 'disabled' ? state : 'invited';
