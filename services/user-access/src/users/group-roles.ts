import { isAdministrator, scopeKey, type RoleGrant, type UserCommand } from '@quaywatch/domain/access';
import type { Clock, StoreTransaction } from '@quaywatch/ports';
import type { AccountRow } from './account-view';
import { lockOrganisation, recordUser } from './record-user';

/** Roles by group of the other provider, and the organisation that people of mapped groups belong to. */
export interface GroupMapping {
  readonly org: string;
  readonly roles: ReadonlyMap<string, RoleGrant>;
}

/** Roles that follow from groups of another identity provider: told at sign-in, or provisioned (SCIM). */
export class GroupRoles {
  constructor(
    private readonly clock: Clock,
    readonly mapping: GroupMapping,
  ) {}

  /** Roles of the groups of these names, each once. */
  rolesOf(groups: readonly string[]): RoleGrant[] {
    const roles: RoleGrant[] = [];
    for (const group of groups) {
      const grant = this.mapping.roles.get(group);
      if (grant && !roles.some((one) => same(one, grant))) roles.push(grant);
    }
    return roles;
  }

  /**
   * Gives the roles of the provisioned groups of a person and of those `told`, and takes those that only a group gave
   * and none does any more; roles given by hand are left alone. `done` writes each change down.
   */
  async follow(
    tx: StoreTransaction,
    user: string,
    told: readonly string[],
    by: string,
    done: (action: 'user.grant-role' | 'user.revoke-role', role: string) => Promise<void>,
  ): Promise<void> {
    const { org, roles } = this.mapping;
    if (roles.size === 0) return;
    await lockOrganisation(tx, org);
    const accounts = await tx.query<AccountRow>(
      `select * from account where org = $1 and (user_id = $2 or state = 'active')`,
      [org, user],
    );
    const row = accounts.find(({ user_id }) => user_id === user);
    if (!row || row.state === 'disabled') return;
    const groups = await tx.query<{ display_name: string }>(
      'select g.display_name from scim_member m join scim_group g using (group_id) where m.org = $1 and m.user_id = $2',
      [org, user],
    );
    const wanted = this.rolesOf([...told, ...groups.map(({ display_name }) => display_name)]);
    const administrators = accounts.filter((one) => one !== row && isAdministrator(one.roles)).length;
    const common = { user, by, administrators };
    const changes: Extract<UserCommand, { kind: 'grant' | 'revoke' }>[] = [];
    for (const grant of wanted)
      if (!row.roles.some((held) => same(held, grant)))
        changes.push({ kind: 'grant', ...common, grant, now: this.clock.now() });
    for (const grant of roles.values())
      if (row.roles.some((held) => same(held, grant)) && !wanted.some((one) => same(one, grant)))
        changes.push({ kind: 'revoke', ...common, grant });
    // The last administrator stays one: the refusal leaves the role, and the next sign-in tries again.
    for (const command of changes)
      if ((await recordUser(tx, this.clock, org, user, command)).ok)
        await done(`user.${command.kind}-role`, command.grant.role);
  }
}

const same = (a: RoleGrant, b: RoleGrant): boolean => a.role === b.role && scopeKey(a.scope) === scopeKey(b.scope);
