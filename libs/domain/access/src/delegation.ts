import type { DataOf, events, Permission, RoleScope } from '@quaywatch/contracts';
import { accept, days, refuse, type Decision, type Instant } from '@quaywatch/kernel';
import { organisationWide } from './role-permissions';

/** What a partner was let in to, as its facts tell it. */
export interface Delegation {
  readonly state: 'unknown' | 'granted' | 'ended';
}

/** What can be asked. `mayGive`: the caller holds these permissions there; `known`: there is such an organisation. */
export type DelegationCommand =
  | {
      readonly kind: 'grant';
      readonly delegation: string;
      readonly org: string;
      readonly partner: string;
      readonly known: boolean;
      readonly permissions: readonly Permission[];
      readonly scope: RoleScope;
      readonly now: Instant;
      readonly until: Instant;
      readonly reason: string;
      readonly by: string;
      readonly mayGive: boolean;
    }
  | { readonly kind: 'end'; readonly delegation: string; readonly by: string };

/** A fact about it. */
export type DelegationFact =
  | { readonly type: 'delegation-granted'; readonly data: DataOf<typeof events.delegationGranted> }
  | { readonly type: 'delegation-ended'; readonly data: DataOf<typeof events.delegationEnded> };

/** Nobody is let in longer than this without being asked again. */
export const longestDelegation = days(366);

/** Decides on letting a partner's people in: the facts it makes, or why it is refused. */
export function decideDelegation(state: Delegation, command: DelegationCommand): Decision<DelegationFact[]> {
  if (command.kind === 'end') {
    if (state.state === 'unknown') return refuse('not_found', 'There is no such delegation.');
    if (state.state === 'ended') return accept([]);
    return accept([{ type: 'delegation-ended', data: { delegation: command.delegation, by: command.by } }]);
  }
  const { partner, org, known, permissions, now, until, mayGive, scope, delegation, reason, by } = command;
  if (state.state !== 'unknown') return refuse('conflict', 'There is such a delegation already.');
  if (partner === org || !known) return refuse('invalid', 'There is no such other organisation.');
  if (until <= now) return refuse('invalid', 'The end is in the past.');
  if (until - now > longestDelegation) return refuse('invalid', 'A year at most; it can be given again.');
  const shared = permissions.filter((permission) => !organisationWide.has(permission));
  if (shared.length !== permissions.length)
    return refuse('invalid', 'What concerns the whole organisation cannot be given to another one.');
  if (shared.length === 0) return refuse('invalid', 'A delegation needs a permission.');
  if (!mayGive) return refuse('forbidden', 'You cannot give what you do not have.');
  const data = { delegation, partner, permissions: [...new Set(shared)].sort(), scope, until, reason, by };
  return accept([{ type: 'delegation-granted', data }]);
}

/** The delegation after a fact; facts of other types leave it as it is. */
export function evolveDelegation(state: Delegation, fact: { readonly type: string }): Delegation {
  if (fact.type === 'delegation-granted') return { state: 'granted' };
  return fact.type === 'delegation-ended' ? { state: 'ended' } : state;
}

/** What a person of the partner may do with it: what was given, as far as they may do it at home. */
export const delegatedPermissions = (given: readonly Permission[], atHome: readonly Permission[]): Permission[] =>
  given.filter((permission) => atHome.includes(permission));
