import { Controller, Inject } from '@nestjs/common';
import type { HeldRole, RoleScope } from '@quaywatch/contracts';
import { knownPermissions } from '@quaywatch/domain/access';
import { fromIso, toIso } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import {
  Api,
  AUDIT,
  Call,
  CLOCK,
  Refused,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type AuditTrail,
} from '@quaywatch/runtime';
import { auditDeed } from '../caller';
import { Users } from '../users/users';
import { Authority, chooseOrganisation } from './authority';
import { actingFor } from './principal-now';

type RoleDocument = ApiAnswer<'createRole'>;
type DelegationDocument = ApiAnswer<'createDelegation'>;
type ApprovalDocument = ApiAnswer<'decideApproval'>;
type ReviewDocument = ApiAnswer<'openReview'>;

const when = (at: number | null): string | null => (at === null ? null : toIso(at));

/** API: own roles, delegations, approvals, emergency access, reviews; working for another organisation. */
@Controller()
export class AuthorityController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(AUDIT) private readonly audit: AuditTrail,
    @Inject(Users) private readonly users: Users,
    @Inject(Authority) private readonly authority: Authority,
  ) {}

  @Api('listRoles')
  async roles(@Call() { principal }: ApiCall<'listRoles'>): Promise<ApiAnswer<'listRoles'>> {
    return { data: await this.rolesOf(principal.org) };
  }

  @Api('createRole')
  async createRole(@Call() call: ApiCall<'createRole'>): Promise<RoleDocument> {
    const { name, permissions } = call.body;
    const id = await this.authority.defineRole(call, undefined, name, permissions);
    return pick(await this.rolesOf(call.principal.org), id);
  }

  @Api('changeRole')
  async changeRole(@Call() call: ApiCall<'changeRole'>): Promise<RoleDocument> {
    const { name, permissions } = call.body;
    const id = await this.authority.defineRole(call, call.params['id'] ?? '', name, permissions);
    return pick(await this.rolesOf(call.principal.org), id);
  }

  @Api('retireRole')
  async retireRole(@Call() call: ApiCall<'retireRole'>): Promise<RoleDocument> {
    await this.authority.retireRole(call, call.params['id'] ?? '');
    return pick(await this.rolesOf(call.principal.org), call.params['id']);
  }

  @Api('listDelegations')
  async delegations(@Call() { principal }: ApiCall<'listDelegations'>): Promise<ApiAnswer<'listDelegations'>> {
    return { data: await this.delegationsOf(principal.org) };
  }

  @Api('createDelegation')
  async delegate(@Call() call: ApiCall<'createDelegation'>): Promise<DelegationDocument> {
    const id = await this.authority.delegate(call, { ...call.body, until: fromIso(call.body.until) ?? 0 });
    return pick(await this.delegationsOf(call.principal.org), id);
  }

  @Api('endDelegation')
  async endDelegation(@Call() call: ApiCall<'endDelegation'>): Promise<DelegationDocument> {
    await this.authority.endDelegation(call, call.params['id'] ?? '');
    return pick(await this.delegationsOf(call.principal.org), call.params['id']);
  }

  @Api('listOwnOrganisations')
  async organisations(
    @Call() { principal }: ApiCall<'listOwnOrganisations'>,
  ): Promise<ApiAnswer<'listOwnOrganisations'>> {
    const home = principal.home ?? principal.org;
    const rows = await this.store.transact((tx) =>
      tx.query<{ org: string; name: string | null }>(
        `select d.org, o.name from (select distinct org from delegation where partner = $1 and ended_at is null
           and until > $2 and $3 = 'user' union select $1) d left join organisation o using (org) order by d.org`,
        [home, this.clock.now(), principal.kind],
      ),
    );
    return {
      data: rows.map(({ org, name }) => ({
        id: org,
        name: name ?? org,
        own: org === home,
        current: org === principal.org,
      })),
    };
  }

  @Api('chooseOrganisation')
  async choose(@Call() call: ApiCall<'chooseOrganisation'>): Promise<ApiAnswer<'chooseOrganisation'>> {
    const { principal, body, address } = call;
    const person = principal.session === undefined ? undefined : await this.users.principalOf(principal.id);
    if (!person) throw new Refused('forbidden', 'Only a person in the portal can do this.');
    const own = body.id === person.org;
    await this.store.transact(async (tx) => {
      const acting = own ? person : await actingFor(tx, person, body.id, this.clock.now());
      if (!acting) throw new Refused('not_found', 'There is no such organisation that lets yours in.');
      await chooseOrganisation(tx, principal, own ? null : body.id);
      // In the trail of the organisation that is entered: it must see who comes in.
      const deed = { action: 'delegation.enter', target: { kind: 'organisation', id: body.id } };
      if (!own)
        await auditDeed(this.audit, tx, { principal: acting, address }, { ...deed, detail: { home: person.org } });
    });
    return { id: body.id };
  }

  @Api('listApprovals')
  async approvals(@Call() { principal }: ApiCall<'listApprovals'>): Promise<ApiAnswer<'listApprovals'>> {
    return { data: await this.approvalsOf(principal.org) };
  }

  @Api('decideApproval')
  async decide(@Call() call: ApiCall<'decideApproval'>): Promise<ApprovalDocument> {
    const id = call.params['id'] ?? '';
    await this.authority.decide(call, id, call.body.outcome, call.body.reason);
    return pick(await this.approvalsOf(call.principal.org), id);
  }

  @Api('breakGlass')
  async breakGlass(@Call() call: ApiCall<'breakGlass'>): Promise<ApiAnswer<'breakGlass'>> {
    return { until: toIso(await this.authority.breakGlass(call, call.body.reason)) };
  }

  @Api('listReviews')
  async reviews(@Call() { principal }: ApiCall<'listReviews'>): Promise<ApiAnswer<'listReviews'>> {
    return { data: await this.reviewsOf(principal.org) };
  }

  @Api('openReview')
  async openReview(@Call() call: ApiCall<'openReview'>): Promise<ReviewDocument> {
    const id = await this.authority.openReview(call, fromIso(call.body.due_at) ?? 0);
    return pick(await this.reviewsOf(call.principal.org), id);
  }

  @Api('decideReviewItem')
  async decideItem(@Call() call: ApiCall<'decideReviewItem'>): Promise<ReviewDocument> {
    const { id = '', item = '' } = call.params;
    await this.authority.decideItem(call, id, item, call.body.outcome, call.body.reason);
    return pick(await this.reviewsOf(call.principal.org), id);
  }

  @Api('closeReview')
  async closeReview(@Call() call: ApiCall<'closeReview'>): Promise<ReviewDocument> {
    await this.authority.closeReview(call, call.params['id'] ?? '');
    return pick(await this.reviewsOf(call.principal.org), call.params['id']);
  }

  private async rolesOf(org: string): Promise<RoleDocument[]> {
    const rows = await this.store.readAs(org, (q) =>
      q.query<{ role: `rol_${string}`; name: string; permissions: string[]; retired: boolean }>(
        'select role, name, permissions, retired from custom_role where org = $1 order by role',
        [org],
      ),
    );
    return rows.map(({ role: id, permissions, ...rest }) => ({
      id,
      permissions: knownPermissions(permissions),
      ...rest,
    }));
  }

  private async delegationsOf(org: string): Promise<DelegationDocument[]> {
    type Row = Omit<DelegationDocument, 'id' | 'until' | 'granted_at' | 'ended_at'> & {
      id: string;
      until: number;
      granted_at: number;
      ended_at: number | null;
    };
    const rows = await this.store.readAs(org, (q) =>
      q.query<Row>(
        `select delegation as id, partner, permissions, scope, until, reason, granted_by, granted_at, ended_at
         from delegation where org = $1 order by granted_at desc limit 500`,
        [org],
      ),
    );
    return rows.map((row) => ({
      ...row,
      permissions: knownPermissions(row.permissions),
      until: toIso(row.until),
      granted_at: toIso(row.granted_at),
      ended_at: when(row.ended_at),
    }));
  }

  private async approvalsOf(org: string): Promise<ApprovalDocument[]> {
    type Row = Omit<ApprovalDocument, 'requested_at' | 'expires_at' | 'decided_at'> & {
      requested_at: number;
      expires_at: number;
      decided_at: number | null;
    };
    const rows = await this.store.readAs(org, (q) =>
      q.query<Row>(
        `select approval as id, action, parameters, requested_by, requested_at, expires_at, outcome, decided_by,
           decided_at, reason from approval where org = $1 order by requested_at desc limit 200`,
        [org],
      ),
    );
    return rows.map((row) => ({
      ...row,
      requested_at: toIso(row.requested_at),
      expires_at: toIso(row.expires_at),
      decided_at: when(row.decided_at),
    }));
  }

  private async reviewsOf(org: string): Promise<ReviewDocument[]> {
    type Item = {
      review: string;
      id: string;
      user: string;
      role: HeldRole;
      scope: RoleScope;
      outcome: 'keep' | 'revoke' | null;
      decided_by: string | null;
      decided_at: number | null;
      reason: string | null;
    };
    type Row = { id: string; opened_by: string; opened_at: number; due_at: number; closed_at: number | null };
    return this.store.readAs(org, async (q) => {
      const rows = await q.query<Row>(
        `select review as id, opened_by, opened_at, due_at, closed_at from access_review where org = $1
         order by opened_at desc limit 50`,
        [org],
      );
      const items = await q.query<Item>(
        `select review, item as id, user_id as "user", role, scope, outcome, decided_by, decided_at, reason
         from access_review_item where org = $1 and review = any($2) order by item::int`,
        [org, rows.map(({ id }) => id)],
      );
      return rows.map((row) => ({
        ...row,
        opened_at: toIso(row.opened_at),
        due_at: toIso(row.due_at),
        closed_at: when(row.closed_at),
        items: items
          .filter(({ review }) => review === row.id)
          .map(({ review: _review, ...item }) => ({ ...item, decided_at: when(item.decided_at) })),
      }));
    });
  }
}

function pick<T extends { readonly id: string }>(list: readonly T[], id: string | undefined): T {
  const one = list.find((item) => item.id === id);
  if (!one) throw new Refused('not_found', 'There is no such thing.');
  return one;
}
