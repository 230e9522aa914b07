import type { DataOf, events, Permission } from '@quaywatch/contracts';
import { accept, refuse, type Decision } from '@quaywatch/kernel';

/** A role of an organisation's own, as its facts tell it. */
export interface CustomRole {
  readonly state: 'unknown' | 'defined' | 'retired';
  readonly name: string;
  readonly permissions: readonly string[];
}

/** What can be asked of a role. `mayGive`: the caller holds all of these permissions; `nameTaken`: by another role. */
export type CustomRoleCommand =
  | {
      readonly kind: 'define';
      readonly role: `rol_${string}`;
      readonly name: string;
      readonly permissions: readonly Permission[];
      readonly by: string;
      readonly mayGive: boolean;
      readonly nameTaken: boolean;
    }
  | { readonly kind: 'retire'; readonly role: `rol_${string}`; readonly by: string };

/** A fact about a role. */
export type CustomRoleFact =
  | { readonly type: 'role-defined'; readonly data: DataOf<typeof events.roleDefined> }
  | { readonly type: 'role-retired'; readonly data: DataOf<typeof events.roleRetired> };

/** No role yet. */
export const noRole: CustomRole = { state: 'unknown', name: '', permissions: [] };

/** Decides on a role of an organisation's own: the facts it makes, or why it is refused. */
export function decideCustomRole(role: CustomRole, command: CustomRoleCommand): Decision<CustomRoleFact[]> {
  if (command.kind === 'retire') {
    if (role.state === 'unknown') return refuse('not_found', 'There is no such role.');
    if (role.state === 'retired') return accept([]);
    return accept([{ type: 'role-retired', data: { role: command.role, by: command.by } }]);
  }
  if (role.state === 'retired') return refuse('gone', 'This role was retired.');
  if (command.permissions.length === 0) return refuse('invalid', 'A role needs a permission.');
  if (command.nameTaken) return refuse('conflict', 'There is a role of this name already.');
  if (!command.mayGive) return refuse('forbidden', 'A role cannot allow more than you may yourself.');
  const permissions = [...new Set(command.permissions)].sort();
  if (role.name === command.name && role.permissions.join() === permissions.join()) return accept([]);
  const { role: id, name, by } = command;
  return accept([{ type: 'role-defined', data: { role: id, name, permissions, by } }]);
}

/** The role after a fact; facts of other types leave it as it is. */
export function evolveCustomRole(
  role: CustomRole,
  fact: { readonly type: string; readonly data: unknown },
): CustomRole {
  const known = fact as CustomRoleFact;
  if (known.type === 'role-defined')
    return { state: 'defined', name: known.data.name, permissions: known.data.permissions };
  return known.type === 'role-retired' ? { ...role, state: 'retired' } : role;
}
