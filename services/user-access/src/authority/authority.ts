import type { HeldRole, Permission, Principal, RoleScope } from '@quaywatch/contracts';
import {
  decideApproval,
  decideCustomRole,
  decideDelegation,
  decideReview,
  evolveApproval,
  evolveCustomRole,
  evolveDelegation,
  evolveReview,
  mayGive,
  noApproval,
  noReview,
  noRole,
  permissionsOfRole,
  rolesAt,
  type Delegation,
  type ReviewCommand,
  type RoleGrant,
} from '@quaywatch/domain/access';
import { hours, makeId, toIso } from '@quaywatch/kernel';
import type { Clock, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import { auditDeed, type Caller, type Deed } from '../caller';
import type { Factors } from '../factors/factors';
import type { Policies, SecondFactor } from '../factors/policies';
import type { Notices } from '../notices/notices';
import { recordFacts, type Recorded } from '../record-facts';
import type { AccountRow } from '../users/account-view';
import { lockOrganisation, unwrap } from '../users/record-user';
import type { UserAdministration } from '../users/user-administration';
import { applyAuthorityFact, customRolesOf } from './authority-view';

/** How long a request for a second person stands. */
const approvalLife = hours(72);
/** How long emergency access lasts. */
const glassLife = hours(1);

/** A delegation to be given. */
export interface NewDelegation {
  readonly partner: string;
  readonly permissions: readonly Permission[];
  readonly scope: RoleScope;
  readonly until: number;
  readonly reason: string;
}

/** What takes two people where the organisation wants it so; only ids and settings, no personal data. */
export type TwoPersonAction =
  | { readonly kind: 'grant-role'; readonly user: string; readonly grant: RoleGrant }
  | { readonly kind: 'reset-factors'; readonly user: string }
  | { readonly kind: 'set-policy'; readonly secondFactor: SecondFactor; readonly fourEyes: boolean }
  | { readonly kind: 'delegate'; readonly delegation: NewDelegation };

const noDelegation: Delegation = { state: 'unknown' };

/** Who may do what, as data: own roles, delegations, two-person actions, emergency access, reviews. Refuses by throwing `Refused`. */
export class Authority {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    private readonly parts: {
      readonly administration: UserAdministration;
      readonly factors: Factors;
      readonly policies: Policies;
      readonly notices: Notices;
    },
  ) {}

  /** Makes or changes a role of the caller's organisation; its id. */
  async defineRole(
    caller: Caller,
    known: string | undefined,
    name: string,
    permissions: readonly Permission[],
  ): Promise<string> {
    const { org, id: by } = caller.principal;
    const role = (known ?? this.id('role')) as `rol_${string}`;
    await this.store.transact(async (tx) => {
      await lockOrganisation(tx, org);
      if (known !== undefined) await mustBeOf(tx, 'custom_role', 'role', org, known);
      const [taken] = await tx.query(
        'select 1 from custom_role where org = $1 and lower(name) = lower($2) and role <> $3 and not retired',
        [org, name, role],
      );
      const may = mayGive(caller.principal, permissions, 'organisation');
      await this.record(tx, caller, `role-${role}`, role, {
        start: noRole,
        evolve: evolveCustomRole,
        decide: (state) =>
          decideCustomRole(state, {
            kind: 'define',
            ...{ role, name, permissions, by, mayGive: may, nameTaken: taken !== undefined },
          }),
      });
      const detail = { name, permissions: permissions.join(' ') };
      await this.deed(tx, caller, 'role.define', { kind: 'role', id: role }, detail);
    });
    return role;
  }

  /** Retires a role of the caller's organisation. */
  async retireRole(caller: Caller, id: string): Promise<void> {
    const role = id as `rol_${string}`;
    await this.store.transact(async (tx) => {
      await mustBeOf(tx, 'custom_role', 'role', caller.principal.org, id);
      await this.record(tx, caller, `role-${role}`, role, {
        start: noRole,
        evolve: evolveCustomRole,
        decide: (state) => decideCustomRole(state, { kind: 'retire', role, by: caller.principal.id }),
      });
      await this.deed(tx, caller, 'role.retire', { kind: 'role', id: role }, {});
    });
  }

  /** What the roles give together; refuses a role that is not there, and giving what the caller does not hold. */
  async checkGift(
    { principal }: Caller,
    grants: readonly { readonly role: HeldRole; readonly scope: RoleScope }[],
  ): Promise<Permission[]> {
    const own = await this.store.transact((tx) => customRolesOf(tx, principal.org));
    const given: Permission[] = [];
    for (const { role, scope } of grants) {
      const permissions = permissionsOfRole(role, own);
      if (permissions.length === 0) throw new Refused('invalid', `There is no role ${role}.`);
      if (!mayGive(principal, permissions, scope))
        throw new Refused('forbidden', 'You cannot give what you do not have.');
      given.push(...permissions);
    }
    return given;
  }

  /** Gives a role: at once, or, when it lets somebody change access and that takes two people, when the second has agreed. */
  async grant(caller: Caller, user: string, grant: RoleGrant): Promise<void> {
    const given = await this.checkGift(caller, [grant]);
    if (given.includes('access.write')) await this.needsTwo(caller, { kind: 'grant-role', user, grant });
    await this.parts.administration.grant(caller, user, grant);
  }

  /** Forgets a person's second factors; takes two people where the organisation wants it so. */
  async resetFactors(caller: Caller, user: string): Promise<void> {
    await this.needsTwo(caller, { kind: 'reset-factors', user });
    await this.parts.factors.reset(caller, user);
  }

  /** Sets the policy; takes two people where the organisation wants it so (also to want it no more). */
  async setPolicy(caller: Caller, secondFactor: SecondFactor, fourEyes: boolean): Promise<void> {
    await this.needsTwo(caller, { kind: 'set-policy', secondFactor, fourEyes });
    await this.parts.policies.set(caller, secondFactor, fourEyes);
  }

  /** Lets a partner's people in; takes two people where the organisation wants it so. The delegation's id. */
  async delegate(caller: Caller, delegation: NewDelegation): Promise<string> {
    await this.needsTwo(caller, { kind: 'delegate', delegation });
    return this.delegateNow(caller, delegation);
  }

  private async delegateNow(caller: Caller, given: NewDelegation): Promise<string> {
    const { org, id: by } = caller.principal;
    const delegation = this.id('delegation');
    const { partner, reason, until, permissions, scope } = given;
    await this.store.transact(async (tx) => {
      const [known] = await tx.query(
        'select 1 from organisation where org = $1 union all select 1 from account where org = $1 limit 1',
        [partner],
      );
      const rest = { known: known !== undefined, now: this.clock.now() };
      const may = mayGive(caller.principal, permissions, scope);
      await this.record(tx, caller, `delegation-${delegation}`, delegation, {
        start: noDelegation,
        evolve: evolveDelegation,
        decide: (state) =>
          decideDelegation(state, {
            kind: 'grant',
            ...{ delegation, org, by, partner, reason, until, permissions, scope, mayGive: may },
            ...rest,
          }),
      });
      const detail = { partner, reason, until: toIso(until), permissions: permissions.join(' ') };
      await this.deed(tx, caller, 'delegation.grant', { kind: 'delegation', id: delegation }, detail);
    });
    return delegation;
  }

  /** Lets a partner's people in no more. */
  async endDelegation(caller: Caller, id: string): Promise<void> {
    await this.store.transact(async (tx) => {
      await mustBeOf(tx, 'delegation', 'delegation', caller.principal.org, id);
      await this.record(tx, caller, `delegation-${id}`, id, {
        start: noDelegation,
        evolve: evolveDelegation,
        decide: (state) => decideDelegation(state, { kind: 'end', delegation: id, by: caller.principal.id }),
      });
      await this.deed(tx, caller, 'delegation.end', { kind: 'delegation', id }, {});
    });
  }

  /** A second person lets something happen (it happens now, in their name), or not. */
  async decide(caller: Caller, id: string, outcome: 'approved' | 'rejected', reason: string): Promise<void> {
    const { org, id: by } = caller.principal;
    const action = await this.store.transact(async (tx) => {
      const [row] = await tx.query<{ parameters: TwoPersonAction; requested_by: string }>(
        'select parameters, requested_by from approval where org = $1 and approval = $2 for update',
        [org, id],
      );
      if (!row) throw new Refused('not_found', 'There is no such request.');
      const decision = { approval: id, outcome, by, reason, now: this.clock.now() };
      await this.record(tx, caller, `approval-${id}`, id, {
        start: noApproval,
        evolve: evolveApproval,
        decide: (state) => decideApproval(state, { kind: 'decide', ...decision }),
      });
      const detail = { action: row.parameters.kind, requested_by: row.requested_by, reason };
      await this.deed(tx, caller, `approval.${outcome}`, { kind: 'approval', id }, detail);
      return row.parameters;
    });
    if (outcome === 'approved') await this.perform(caller, action);
  }

  /** The caller becomes administrator for an hour; everybody who looks after access gets a notice. Until when, ms UTC. */
  async breakGlass(caller: Caller, reason: string): Promise<number> {
    const { principal, address } = caller;
    const { org, id: user } = principal;
    if (principal.kind !== 'user' || principal.session === undefined || principal.home !== undefined)
      throw new Refused('forbidden', 'Only a person of the organisation can do this.');
    const now = this.clock.now();
    const until = now + glassLife;
    // Not over a role that they have for good: it would end with the hour.
    if (principal.roles.some(({ role, scope }) => role === 'administrator' && scope === 'organisation'))
      throw new Refused('conflict', 'You are an administrator.');
    await this.parts.administration.grant(
      caller,
      user,
      { role: 'administrator', scope: 'organisation', until },
      'break-glass',
    );
    await this.store.transact(async (tx) => {
      const fact = { id: this.id('event'), type: 'glass-broken', v: 1, org, key: user, time: now };
      await tx.facts.append(`glass-${fact.id}`, 0, [{ ...fact, data: { user, reason, until } }]);
      const accounts = await tx.query<AccountRow>(`select * from account where org = $1 and state = 'active'`, [org]);
      const watchers = accounts.filter(({ roles }) =>
        rolesAt(roles, now).some(({ role }) => role === 'administrator' || role === 'security_officer'),
      );
      for (const watcher of watchers)
        await this.parts.notices.tell(tx, { user: watcher.user_id, org }, 'break_glass', { address }, now);
      await this.deed(tx, caller, 'access.break-glass', { kind: 'user', id: user }, { reason, until: toIso(until) });
    });
    return until;
  }

  /** Begins a review of everything that is held now; its id. */
  async openReview(caller: Caller, dueAt: number): Promise<string> {
    const { org, id: by } = caller.principal;
    const review = this.id('review');
    if (dueAt <= this.clock.now()) throw new Refused('invalid', 'The due date is in the past.');
    await this.store.transact(async (tx) => {
      await lockOrganisation(tx, org);
      const accounts = await tx.query<AccountRow>(
        `select * from account where org = $1 and state in ('active', 'invited') order by user_id`,
        [org],
      );
      const items = accounts
        .flatMap(({ user_id: user, roles }) => rolesAt(roles, this.clock.now()).map((held) => ({ user, ...held })))
        .map((held, i) => ({ item: String(i + 1), ...held }));
      await this.review(tx, caller, review, { kind: 'open', review, by, dueAt, items });
      await this.deed(tx, caller, 'review.open', { kind: 'review', id: review }, { items: items.length });
    });
    return review;
  }

  /** Decides an item; a role that goes is taken away first, so that the evidence never says more than is true. */
  async decideItem(
    caller: Caller,
    review: string,
    item: string,
    outcome: 'keep' | 'revoke',
    reason: string,
  ): Promise<void> {
    const row = await this.store.transact(async (tx) => {
      await mustBeOf(tx, 'access_review', 'review', caller.principal.org, review);
      const [found] = await tx.query<{ user_id: string; role: HeldRole; scope: RoleScope; outcome: string | null }>(
        'select user_id, role, scope, outcome from access_review_item where review = $1 and item = $2',
        [review, item],
      );
      return found;
    });
    if (!row) throw new Refused('not_found', 'There is no such item.');
    if (outcome === 'revoke' && row.outcome === null)
      await this.parts.administration.revoke(caller, row.user_id, { role: row.role, scope: row.scope });
    await this.store.transact(async (tx) => {
      const by = caller.principal.id;
      await this.review(tx, caller, review, { kind: 'decide', review, item, outcome, by, reason });
      const detail = { review, item, outcome, reason };
      await this.deed(tx, caller, 'review.decide', { kind: 'user', id: row.user_id }, detail);
    });
  }

  /** Ends a review in which everything is decided. */
  async closeReview(caller: Caller, review: string): Promise<void> {
    await this.store.transact(async (tx) => {
      await mustBeOf(tx, 'access_review', 'review', caller.principal.org, review);
      await this.review(tx, caller, review, { kind: 'close', review, by: caller.principal.id });
      await this.deed(tx, caller, 'review.close', { kind: 'review', id: review }, {});
    });
  }

  private async perform(caller: Caller, action: TwoPersonAction): Promise<void> {
    switch (action.kind) {
      case 'grant-role':
        await this.checkGift(caller, [action.grant]);
        return this.parts.administration.grant(caller, action.user, action.grant);
      case 'reset-factors':
        return this.parts.factors.reset(caller, action.user);
      case 'set-policy':
        return this.parts.policies.set(caller, action.secondFactor, action.fourEyes);
      case 'delegate':
        await this.delegateNow(caller, action.delegation);
    }
  }

  /** Where the organisation wants two people: writes down what is wanted and refuses, saying what it waits for. */
  private async needsTwo(caller: Caller, action: TwoPersonAction): Promise<void> {
    const { org, id: by } = caller.principal;
    if (!(await this.parts.policies.fourEyes(org))) return;
    const approval = this.id('approval');
    const expiresAt = this.clock.now() + approvalLife;
    await this.store.transact(async (tx) => {
      await this.record(tx, caller, `approval-${approval}`, approval, {
        start: noApproval,
        evolve: evolveApproval,
        decide: (state) =>
          decideApproval(state, {
            kind: 'request',
            ...{ approval, action: action.kind, parameters: { ...action }, by, expiresAt },
          }),
      });
      const target = { kind: 'approval', id: approval };
      await this.deed(tx, caller, 'approval.request', target, { action: action.kind });
    });
    throw new Refused('conflict', 'This takes two people. Somebody else must let it happen.', [
      { pointer: '/approval', code: 'approval_pending', detail: approval },
    ]);
  }

  private review(tx: StoreTransaction, caller: Caller, review: string, command: ReviewCommand): Promise<void> {
    return this.record(tx, caller, `review-${review}`, review, {
      start: noReview,
      evolve: evolveReview,
      decide: (state) => decideReview(state, command),
    });
  }

  private async record<State, Fact extends { readonly type: string; readonly data: object }>(
    tx: StoreTransaction,
    { principal }: Caller,
    stream: string,
    key: string,
    life: Pick<Recorded<State, Fact>, 'start' | 'evolve' | 'decide'>,
  ): Promise<void> {
    unwrap(await recordFacts(tx, this.clock, { stream, org: principal.org, key, ...life, apply: applyAuthorityFact }));
  }

  private deed(
    tx: StoreTransaction,
    caller: Caller,
    action: string,
    target: Deed['target'],
    detail: Record<string, string | number>,
  ): Promise<void> {
    return auditDeed(this.audit, tx, caller, { action, target, detail });
  }

  private id(kind: 'role' | 'delegation' | 'approval' | 'review' | 'event'): string {
    return makeId(kind, this.clock.now(), this.clock.random(16));
  }
}

/** Something of another organisation is to the caller as if it did not exist. */
async function mustBeOf(
  tx: StoreTransaction,
  table: 'custom_role' | 'delegation' | 'access_review',
  column: string,
  org: string,
  id: string,
): Promise<void> {
  const [row] = await tx.query(`select 1 from ${table} where org = $1 and ${column} = $2`, [org, id]);
  if (!row) throw new Refused('not_found', 'There is no such thing.');
}

/** Lets a session work for another organisation (null: for its person's own again). */
export const chooseOrganisation = (tx: StoreTransaction, principal: Principal, org: string | null): Promise<unknown> =>
  tx.query('update portal_session set acting_org = $2 where session = $1', [principal.session ?? '', org]);
