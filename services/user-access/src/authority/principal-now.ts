import type { Principal, RoleScope } from '@quaywatch/contracts';
import {
  delegatedPermissions,
  isBuiltIn,
  knownPermissions,
  permissionsOf,
  rolesAt,
  type RoleGrant,
} from '@quaywatch/domain/access';
import type { Instant } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';
import { customRolesOf } from './authority-view';

/** The roles that hold now, with what the organisation's own ones allow. */
export async function rolesNow(
  tx: Queryable,
  org: string,
  grants: readonly RoleGrant[],
  now: Instant,
): Promise<Principal['roles']> {
  const roles = rolesAt(grants, now);
  if (roles.every(({ role }) => isBuiltIn(role))) return roles;
  const own = await customRolesOf(tx, org);
  return roles.map((one) => (isBuiltIn(one.role) ? one : { ...one, permissions: own.get(one.role) ?? [] }));
}

/**
 * A person as they act for another organisation: only while it lets theirs in, and with no more than it gives and they
 * may do at home. Undefined when it does not (any more).
 */
export async function actingFor(
  tx: Queryable,
  person: Principal,
  org: string,
  now: Instant,
): Promise<Principal | undefined> {
  const rows = await tx.query<{ permissions: string[]; scope: RoleScope }>(
    'select permissions, scope from delegation where org = $1 and partner = $2 and ended_at is null and until > $3',
    [org, person.org, now],
  );
  if (rows.length === 0) return undefined;
  // What somebody holds at a terminal of their own says nothing of another organisation's.
  const atHome = permissionsOf({ ...person, roles: person.roles.filter(({ scope }) => scope === 'organisation') });
  return {
    ...person,
    org,
    home: person.org,
    roles: rows.map(({ permissions, scope }) => ({
      role: 'rol_delegated' as const,
      scope,
      permissions: delegatedPermissions(knownPermissions(permissions), atHome),
    })),
  };
}
