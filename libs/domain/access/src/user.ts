import { accept, refuse, type Decision, type Instant } from '@quaywatch/kernel';
import type { events, DataOf, HeldRole, RoleScope } from '@quaywatch/contracts';

/** A role held in a scope. */
export interface RoleGrant {
  readonly role: HeldRole;
  readonly scope: RoleScope;
  /** When it ends by itself, ms UTC; absent = it stays. */
  readonly until?: Instant | undefined;
}

/** A user as their facts tell it; name and e-mail are personal data and live elsewhere. */
export interface User {
  readonly state: 'unknown' | 'invited' | 'active' | 'disabled';
  /** When the newest invitation ends, ms UTC; null when there is none open. */
  readonly invitedUntil: Instant | null;
  readonly roles: readonly RoleGrant[];
}

/** What can be asked of a user. `by` is the id of who asks; `administrators` counts the other active administrators. */
export type UserCommand =
  | {
      readonly kind: 'invite';
      readonly user: string;
      readonly by: string;
      readonly expiresAt: Instant;
      readonly roles: readonly RoleGrant[];
      /** Made known by an identity provider, whose groups give roles when they come; else a role is needed at once. */
      readonly provisioned?: true;
    }
  | { readonly kind: 'register'; readonly user: string; readonly now: Instant }
  | {
      readonly kind: 'grant';
      readonly user: string;
      readonly by: string;
      readonly grant: RoleGrant;
      readonly now: Instant;
      readonly administrators: number;
    }
  | {
      readonly kind: 'revoke';
      readonly user: string;
      readonly by: string;
      readonly grant: RoleGrant;
      readonly administrators: number;
    }
  | {
      readonly kind: 'disable';
      readonly user: string;
      readonly by: string;
      readonly reason: string;
      readonly administrators: number;
    }
  | { readonly kind: 'enable'; readonly user: string; readonly by: string };

/** A fact about a user, of the catalogue's latest version. */
export type UserFact =
  | { readonly type: 'user-invited'; readonly data: DataOf<typeof events.userInvited> }
  | { readonly type: 'user-registered'; readonly data: DataOf<typeof events.userRegistered> }
  | { readonly type: 'role-granted'; readonly data: DataOf<typeof events.roleGranted> }
  | { readonly type: 'role-revoked'; readonly data: DataOf<typeof events.roleRevoked> }
  | { readonly type: 'user-disabled'; readonly data: DataOf<typeof events.userDisabled> }
  | { readonly type: 'user-enabled'; readonly data: DataOf<typeof events.userEnabled> };

/** Nobody yet: the state before the first fact. */
export const nobody: User = { state: 'unknown', invitedUntil: null, roles: [] };

/** Decides a command on a user: the facts it makes (none = nothing to change), or why it is refused. */
export function decideUser(user: User, command: UserCommand): Decision<UserFact[]> {
  switch (command.kind) {
    case 'invite':
      return invite(user, command);
    case 'register':
      if (user.state === 'active') return refuse('gone', 'This link was used already.');
      if (user.state !== 'invited') return refuse('gone', 'This link is no longer valid.');
      if (user.invitedUntil === null || user.invitedUntil <= command.now)
        return refuse('gone', 'This link has expired.');
      return accept([{ type: 'user-registered', data: { user: command.user } }]);
    case 'grant': {
      if (user.state === 'unknown') return refuse('not_found', 'There is no such user.');
      if (user.state === 'disabled') return refuse('conflict', 'The user is disabled.');
      const { role, scope, until } = command.grant;
      if (until !== undefined && until <= command.now) return refuse('invalid', 'The end of the grant is in the past.');
      if (user.roles.some((held) => same(held, command.grant) && held.until === until)) return accept([]);
      // A limit on the last administrator's own role would leave nobody when it ends.
      const roles = evolveRoles(user.roles, command.grant);
      if (
        until !== undefined &&
        !isAdministrator([...roles, { role, scope, until }]) &&
        isLast(user, command.administrators)
      )
        return refuse('conflict', 'This is the last administrator of the organisation.');
      return accept([
        { type: 'role-granted', data: { user: command.user, role, scope, by: command.by, until: until ?? null } },
      ]);
    }
    case 'revoke': {
      if (user.state === 'unknown') return refuse('not_found', 'There is no such user.');
      if (!holds(user, command.grant)) return accept([]);
      if (isAdministrator(evolveRoles(user.roles, command.grant)) === false && isLast(user, command.administrators)) {
        return refuse('conflict', 'This is the last administrator of the organisation.');
      }
      const { role, scope } = command.grant;
      return accept([{ type: 'role-revoked', data: { user: command.user, role, scope, by: command.by } }]);
    }
    case 'disable': {
      if (user.state === 'unknown') return refuse('not_found', 'There is no such user.');
      if (user.state === 'disabled') return accept([]);
      if (isLast(user, command.administrators)) {
        return refuse('conflict', 'This is the last administrator of the organisation.');
      }
      return accept([{ type: 'user-disabled', data: { user: command.user, by: command.by, reason: command.reason } }]);
    }
    case 'enable':
      if (user.state === 'unknown') return refuse('not_found', 'There is no such user.');
      if (user.state !== 'disabled') return accept([]);
      return accept([{ type: 'user-enabled', data: { user: command.user, by: command.by } }]);
  }
}

/** The user after a fact. Total: facts of other types leave it as it is. */
export function evolveUser(user: User, fact: { readonly type: string; readonly data: unknown }): User {
  const known = fact as UserFact;
  switch (known.type) {
    case 'user-invited':
      return { ...user, state: 'invited', invitedUntil: known.data.expiresAt };
    case 'user-registered':
      return { ...user, state: 'active', invitedUntil: null };
    case 'role-granted': {
      const { role, scope } = known.data;
      // Facts of version 1 say nothing of an end.
      const until = (known.data as { until?: Instant | null }).until ?? undefined;
      const grant: RoleGrant = until === undefined ? { role, scope } : { role, scope, until };
      return { ...user, roles: [...evolveRoles(user.roles, grant), grant] };
    }
    case 'role-revoked':
      return { ...user, roles: evolveRoles(user.roles, known.data) };
    case 'user-disabled':
      return { ...user, state: 'disabled', invitedUntil: null };
    case 'user-enabled':
      return { ...user, state: 'active', invitedUntil: null };
    default:
      return user;
  }
}

/** Whether these roles make an administrator of the whole organisation, for good. */
export const isAdministrator = (roles: readonly RoleGrant[]): boolean =>
  roles.some(({ role, scope, until }) => role === 'administrator' && scope === 'organisation' && until === undefined);

/** The roles that hold at `now`, as a principal carries them. */
export const rolesAt = (roles: readonly RoleGrant[], now: Instant): { role: HeldRole; scope: RoleScope }[] =>
  roles.filter(({ until }) => until === undefined || until > now).map(({ role, scope }) => ({ role, scope }));

/** The same text for equal scopes, whatever the order of their terminals. */
export const scopeKey = (scope: RoleScope): string =>
  scope === 'organisation' ? scope : `terminals:${[...new Set(scope.terminals)].sort().join(',')}`;

function invite(user: User, command: Extract<UserCommand, { kind: 'invite' }>): Decision<UserFact[]> {
  if (user.state === 'active') return refuse('conflict', 'This person can sign in already.');
  if (user.state === 'disabled') return refuse('conflict', 'This user was disabled.');
  if (user.state === 'unknown' && command.roles.length === 0 && !command.provisioned)
    return refuse('invalid', 'An invitation needs a role.');
  const facts: UserFact[] = [
    { type: 'user-invited', data: { user: command.user, by: command.by, expiresAt: command.expiresAt } },
  ];
  let roles = user.roles;
  for (const grant of command.roles) {
    if (holds({ ...user, roles }, grant)) continue;
    roles = [...roles, grant];
    facts.push({
      type: 'role-granted',
      data: { user: command.user, role: grant.role, scope: grant.scope, by: command.by, until: null },
    });
  }
  return accept(facts);
}

const same = (a: RoleGrant, b: RoleGrant): boolean => a.role === b.role && scopeKey(a.scope) === scopeKey(b.scope);

const holds = (user: User, grant: RoleGrant): boolean => user.roles.some((held) => same(held, grant));

const evolveRoles = (roles: readonly RoleGrant[], gone: RoleGrant): RoleGrant[] =>
  roles.filter((held) => !same(held, gone));

const isLast = (user: User, others: number): boolean =>
  user.state === 'active' && isAdministrator(user.roles) && others === 0;
