import { permissions as all, type Permission, type Principal, type RoleScope } from '@quaywatch/contracts';
import { visibleTerminals } from './can';
import { isBuiltIn, organisationWide, rolePermissions } from './role-permissions';

/** What a role allows: of the built-in ones as everybody knows them, of an organisation's own as it was defined. */
export const permissionsOfRole = (
  role: string,
  own: ReadonlyMap<string, readonly Permission[]>,
): readonly Permission[] => (isBuiltIn(role) ? rolePermissions[role] : (own.get(role) ?? []));

/**
 * Whether `principal` may give these permissions in this scope to somebody: nobody gives what they do not hold there
 * themselves, else who may change roles could make themselves anything.
 */
export function mayGive(principal: Principal, permissions: readonly Permission[], scope: RoleScope): boolean {
  return permissions.every((permission) => {
    // A role at terminals gives nothing of what cannot be kept to a terminal.
    if (scope !== 'organisation' && organisationWide.has(permission)) return true;
    const visible = visibleTerminals(principal, permission);
    if (visible === 'all') return true;
    return scope !== 'organisation' && scope.terminals.every((terminal) => visible.includes(terminal));
  });
}

/** Those of the texts that are permissions, in the order of the contract: what was stored may know some that are gone. */
export const knownPermissions = (texts: readonly string[]): Permission[] =>
  all.filter((permission) => texts.includes(permission));
