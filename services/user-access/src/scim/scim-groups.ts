import { routes } from '@quaywatch/contracts';
import { makeId } from '@quaywatch/kernel';
import type { Clock, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type ApiCall, type AuditTrail } from '@quaywatch/runtime';
import type { Authority } from '../authority/authority';
import { auditDeed, type Caller } from '../caller';
import type { Policies } from '../factors/policies';
import type { GroupRoles } from '../users/group-roles';
import { lockOrganisation } from '../users/record-user';
import { listed, metaOf, patched, scimNames, scimPath, type ScimGroup } from './scim-resources';

type Body = ApiCall<'createScimGroup'>['body'];
type Row = {
  group_id: string;
  display_name: string;
  external_id: string | null;
  created_at: number;
  changed_at: number;
  members: { value: string; display: string }[] | null;
};

const select = `select g.*,
    (select json_agg(json_build_object('value', m.user_id, 'display', coalesce(p.name, p.email, m.user_id)) order by m.user_id)
       from scim_member m left join person p using (user_id) where m.group_id = g.group_id) as members
  from scim_group g where g.org = $1`;

/**
 * Groups of an identity provider (SCIM 2.0). The operator maps names of groups to roles (`EXTERNAL_GROUP_ROLES`): who is
 * in a mapped group holds its role; other groups are kept and mean nothing. Nobody gives by a group what they could not
 * give by hand. Refuses by throwing `Refused`.
 */
export class ScimGroups {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    private readonly roles: GroupRoles,
    private readonly authority: Authority,
    private readonly policies: Policies,
    private readonly publicUrl: string,
  ) {}

  async list(org: string, query: ApiCall<'listScimGroups'>['query']) {
    const rows = await this.store.readAs(org, (q) => q.query<Row>(`${select} order by g.group_id`, [org]));
    const page = listed(
      rows.map((row) => this.document(row)),
      query,
    );
    return { ...page, Resources: page.Resources.map((group) => without(group, query.excludedAttributes)) };
  }

  async get(org: string, id: string, excluded?: string): Promise<ScimGroup> {
    const [row] = await this.store.readAs(org, (q) => q.query<Row>(`${select} and g.group_id = $2`, [org, id]));
    if (!row) throw new Refused('not_found', 'There is no such group.');
    return without(this.document(row), excluded);
  }

  async create(caller: Caller, body: Body): Promise<ScimGroup> {
    const id = makeId('group', this.clock.now(), this.clock.random(16));
    await this.write(caller, id, body, null);
    return this.get(caller.principal.org, id);
  }

  async replace(caller: Caller, id: string, body: Body): Promise<ScimGroup> {
    await this.write(caller, id, body, await this.get(caller.principal.org, id));
    return this.get(caller.principal.org, id);
  }

  async patch(caller: Caller, id: string, body: ApiCall<'patchScimGroup'>['body']): Promise<ScimGroup> {
    const before = await this.get(caller.principal.org, id);
    // By their ids alone: who is to leave is named in a list, with or without what else is known of them.
    const Operations = body.Operations.map((change) => ({ ...change, value: idsIn(change.value) }));
    const resource = { ...before, members: (before.members ?? []).map(({ value }) => ({ value })) };
    await this.write(caller, id, patched(resource, { Operations }, routes.replaceScimGroup.body), before);
    return this.get(caller.principal.org, id);
  }

  /** Forgets the group; its members lose its role. */
  async delete(caller: Caller, id: string): Promise<void> {
    const { org } = caller.principal;
    const before = await this.get(org, id);
    await this.store.transact(async (tx) => {
      await lockOrganisation(tx, org);
      await tx.query('delete from scim_group where org = $1 and group_id = $2', [org, id]);
      await auditDeed(this.audit, tx, caller, { action: 'group.delete', target: { kind: 'group', id } });
      await this.follow(tx, caller, membersOf(before));
    });
  }

  private async write(caller: Caller, id: string, body: Body, before: ScimGroup | null): Promise<void> {
    const { org } = caller.principal;
    const name = String(body.displayName ?? '').trim();
    if (name === '') throw new Refused('invalid', 'A group needs a displayName.');
    const members = membersOf(body);
    const now = this.clock.now();
    // Whoever may not give the role of the group may not put anybody into it, nor give the group that name.
    const gains = name !== before?.displayName || [...members].some((user) => !membersOf(before).has(user));
    if (gains && org === this.roles.mapping.org) {
      const given = await this.authority.checkGift(caller, this.roles.rolesOf([name]));
      if (given.includes('access.write') && (await this.policies.fourEyes(org)))
        throw new Refused('conflict', 'The role of this group takes two people: give it by hand.');
    }
    await this.store.transact(async (tx) => {
      await lockOrganisation(tx, org);
      const [other] = await tx.query(
        'select 1 from scim_group where org = $1 and lower(display_name) = lower($2) and group_id <> $3',
        [org, name, id],
      );
      if (other)
        throw new Refused('conflict', 'There is a group of this name already.', [
          { pointer: '/displayName', code: 'uniqueness', detail: 'It must be unique.' },
        ]);
      await tx.query(
        `insert into scim_group (org, group_id, display_name, external_id, created_at, changed_at)
         values ($1, $2, $3, $4, $5, $5)
         on conflict (group_id) do update set display_name = $3, external_id = $4, changed_at = $5`,
        [org, id, name, body.externalId ?? null, now],
      );
      const known = await tx.query<{ user_id: string }>(
        'select user_id from account where org = $1 and user_id = any ($2)',
        [org, [...members]],
      );
      const unknown = [...members].find((user) => !known.some(({ user_id }) => user_id === user));
      if (unknown !== undefined) throw new Refused('invalid', `There is no such user: ${unknown.slice(0, 80)}`);
      await tx.query('delete from scim_member where group_id = $1 and not user_id = any ($2)', [id, [...members]]);
      await tx.query(
        `insert into scim_member (org, group_id, user_id) select $1, $2, unnest($3::text[]) on conflict do nothing`,
        [org, id, [...members]],
      );
      await auditDeed(this.audit, tx, caller, {
        action: before ? 'group.change' : 'group.create',
        target: { kind: 'group', id },
        detail: { name, members: members.size },
      });
      await this.follow(tx, caller, new Set([...members, ...membersOf(before)]));
    });
  }

  private async follow(tx: StoreTransaction, caller: Caller, users: ReadonlySet<string>): Promise<void> {
    if (caller.principal.org !== this.roles.mapping.org) return;
    for (const user of users)
      await this.roles.follow(tx, user, [], caller.principal.id, (action, role) =>
        auditDeed(this.audit, tx, caller, {
          action,
          target: { kind: 'user', id: user },
          detail: { role, by: 'groups' },
        }),
      );
  }

  private document(row: Row): ScimGroup {
    return {
      schemas: [scimNames.group],
      id: row.group_id,
      ...(row.external_id === null ? {} : { externalId: row.external_id }),
      displayName: row.display_name,
      members: row.members ?? [],
      meta: metaOf('Group', `${this.publicUrl}${scimPath}/Groups/${row.group_id}`, row),
    };
  }
}

const membersOf = (group: { members?: readonly { value: string }[] | null | undefined } | null): Set<string> =>
  new Set((group?.members ?? []).map(({ value }) => String(value)));

const idsIn = (value: unknown): never =>
  (Array.isArray(value)
    ? value.map((one: unknown) =>
        typeof one === 'object' && one !== null && 'value' in one ? { value: one.value } : one,
      )
    : value) as never;

const without = ({ members, ...group }: ScimGroup, excluded: string | undefined): ScimGroup =>
  excluded?.split(',').some((name) => name.trim().toLowerCase() === 'members') ? group : { ...group, members };
