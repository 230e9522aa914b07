import { permissions, type Permission, type Principal, type HeldRole, type RoleScope } from '@quaywatch/contracts';
import { isBuiltIn, organisationWide, rolePermissions } from './role-permissions';

/** What a request touches: an organisation's thing, at a terminal when it belongs to one (null = to no terminal). */
export interface Resource {
  readonly org: string;
  readonly terminal?: string | null;
}

/**
 * Whether `principal` holds `permission`. Without a resource: anywhere at all (use it at the edge only). With one:
 * in that organisation and at that terminal; a thing without a terminal needs a role for the whole organisation.
 */
export function can(principal: Principal, permission: Permission, resource?: Resource): boolean {
  const visible = visibleTerminals(principal, permission);
  if (resource === undefined) return visible === 'all' || visible.length > 0;
  if (resource.org !== principal.org) return false;
  return visible === 'all' || (resource.terminal != null && visible.includes(resource.terminal));
}

/** Everything `principal` may do somewhere, in the order of the contract. */
export const permissionsOf = (principal: Principal): Permission[] =>
  permissions.filter((permission) => can(principal, permission));

/** The terminals at which `principal` holds `permission`: `'all'` of the organisation, or ids, sorted (maybe none). */
export function visibleTerminals(principal: Principal, permission: Permission): 'all' | string[] {
  const terminals = new Set<string>();
  for (const { role, scope, permissions: own } of principal.roles) {
    if (!gives(role, own, scope, permission)) continue;
    if (scope === 'organisation') return 'all';
    for (const terminal of scope.terminals) terminals.add(terminal);
  }
  return [...terminals].sort();
}

function gives(
  role: HeldRole,
  own: readonly Permission[] | undefined,
  scope: RoleScope,
  permission: Permission,
): boolean {
  if (scope !== 'organisation' && organisationWide.has(permission)) return false;
  if (isBuiltIn(role)) return rolePermissions[role].includes(permission);
  // A role of the organisation's own gives what comes with it, and nothing when nothing does.
  return own?.includes(permission) ?? false;
}
