import { routes } from '@quaywatch/contracts';
import { days, makeId } from '@quaywatch/kernel';
import type { Clock, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type ApiCall, type AuditTrail } from '@quaywatch/runtime';
import { auditDeed, type Caller } from '../caller';
import type { GroupRoles } from '../users/group-roles';
import { lockOrganisation, recordUser, unwrap } from '../users/record-user';
import type { UserAdministration } from '../users/user-administration';
import { emailKey } from '../users/users';
import { listed, metaOf, patched, scimNames, scimPath, type ScimUser } from './scim-resources';

type Body = ApiCall<'createScimUser'>['body'];
type Row = {
  user_id: string;
  name: string | null;
  email: string;
  state: string;
  external_id: string | null;
  created_at: number | null;
  changed_at: number | null;
  groups: { value: string; display: string }[] | null;
};

/** What a provider says of a person, in our words. */
interface Told {
  readonly name: string;
  readonly email: string;
  readonly externalId: string | null;
  readonly active: boolean;
}

const select = `select p.user_id, p.name, p.email, a.state, s.external_id, s.created_at, s.changed_at,
    (select json_agg(json_build_object('value', g.group_id, 'display', g.display_name) order by g.display_name)
       from scim_member m join scim_group g using (group_id) where m.user_id = p.user_id and m.org = p.org) as groups
  from person p join account a using (user_id) left join scim_user s using (user_id)
  where p.org = $1 and p.email is not null and s.deleted_at is null`;

/** A provisioned person may wait for their first sign-in as long as the provider has them. */
const patience = days(3650);

/**
 * People of an organisation as an identity provider provisions them (SCIM 2.0, RFC 7644). A person is known by their
 * e-mail address, which is also `userName`; they sign in by the provider. Refuses by throwing `Refused`.
 */
export class ScimUsers {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    private readonly administration: UserAdministration,
    private readonly roles: GroupRoles,
    private readonly publicUrl: string,
  ) {}

  async list(org: string, query: ApiCall<'listScimUsers'>['query']) {
    const rows = await this.store.readAs(org, (q) => q.query<Row>(`${select} order by p.user_id`, [org]));
    return listed(
      rows.map((row) => this.document(row)),
      query,
    );
  }

  async get(org: string, id: string): Promise<ScimUser> {
    const [row] = await this.store.readAs(org, (q) => q.query<Row>(`${select} and p.user_id = $2`, [org, id]));
    if (!row) throw new Refused('not_found', 'There is no such user.');
    return this.document(row);
  }

  /** Makes a person known, or takes one back whom the provider had deleted. */
  async create(caller: Caller, body: Body): Promise<ScimUser> {
    const { org, id: by } = caller.principal;
    const told = toldIn(body);
    const now = this.clock.now();
    const id = await this.store.transact(async (tx) => {
      await lockOrganisation(tx, org);
      const [known] = await tx.query<{ org: string; user_id: string; deleted_at: number | null }>(
        `select p.org, p.user_id, s.deleted_at from person p left join scim_user s using (user_id) where p.email_key = $1`,
        [emailKey(told.email)],
      );
      if (known && (known.org !== org || known.deleted_at === null)) throw taken();
      const user = known?.user_id ?? makeId('user', now, this.clock.random(16));
      if (!known) {
        const invite = { kind: 'invite', user, by, expiresAt: now + patience, roles: [], provisioned: true } as const;
        unwrap(await recordUser(tx, this.clock, org, user, invite));
        await tx.query('insert into person (org, user_id, name, email, email_key) values ($1, $2, $3, $4, $5)', [
          ...[org, user, told.name, told.email, emailKey(told.email)],
        ]);
      }
      await this.remember(tx, org, user, told);
      await auditDeed(this.audit, tx, caller, { action: 'user.provision', target: { kind: 'user', id: user } });
      return user;
    });
    await this.activate(caller, id, told.active);
    return this.get(org, id);
  }

  async replace(caller: Caller, id: string, body: Body): Promise<ScimUser> {
    const { org } = caller.principal;
    const before = await this.get(org, id);
    const told = toldIn(body);
    await this.store.transact(async (tx) => {
      await lockOrganisation(tx, org);
      const [other] = await tx.query('select 1 from person where email_key = $1 and user_id <> $2', [
        emailKey(told.email),
        id,
      ]);
      if (other) throw taken();
      await tx.query('update person set name = $3, email = $4, email_key = $5 where org = $1 and user_id = $2', [
        ...[org, id, told.name, told.email, emailKey(told.email)],
      ]);
      await this.remember(tx, org, id, told);
      if (told.name !== before.displayName || told.email !== before.userName)
        await auditDeed(this.audit, tx, caller, { action: 'user.rename', target: { kind: 'user', id } });
    });
    await this.activate(caller, id, told.active);
    return this.get(org, id);
  }

  async patch(caller: Caller, id: string, body: ApiCall<'patchScimUser'>['body']): Promise<ScimUser> {
    const before = await this.get(caller.principal.org, id);
    const after = patched(before, body, routes.replaceScimUser.body);
    // Whichever of the names was changed is the one that is meant.
    const formatted = after.name?.formatted;
    const name = formatted !== undefined && formatted !== before.name.formatted ? formatted : after.displayName;
    return this.replace(caller, id, { ...after, displayName: name, name: joined(after) ?? null });
  }

  /** Shuts the person out and shows them no more to the provider. */
  async delete(caller: Caller, id: string): Promise<void> {
    const { org } = caller.principal;
    await this.get(org, id);
    await this.administration.disable(caller, id, 'deleted by the identity provider');
    await this.store.transact(async (tx) => {
      const now = this.clock.now();
      await tx.query(
        `insert into scim_user (org, user_id, created_at, changed_at, deleted_at) values ($1, $2, $3, $3, $3)
         on conflict (user_id) do update set changed_at = $3, deleted_at = $3`,
        [org, id, now],
      );
      await tx.query('delete from scim_member where org = $1 and user_id = $2', [org, id]);
    });
  }

  private async activate(caller: Caller, id: string, active: boolean): Promise<void> {
    const { org, id: by } = caller.principal;
    if ((await this.get(org, id)).active === active) return;
    if (!active) return this.administration.disable(caller, id, 'switched off by the identity provider');
    await this.administration.enable(caller, id);
    // Groups may have changed while they were out.
    if (org !== this.roles.mapping.org) return;
    await this.store.transact((tx) =>
      this.roles.follow(tx, id, [], by, (action, role) =>
        auditDeed(this.audit, tx, caller, { action, target: { kind: 'user', id }, detail: { role, by: 'groups' } }),
      ),
    );
  }

  private async remember(tx: StoreTransaction, org: string, user: string, { externalId }: Told): Promise<void> {
    await tx.query(
      `insert into scim_user (org, user_id, external_id, created_at, changed_at) values ($1, $2, $3, $4, $4)
       on conflict (user_id) do update set external_id = $3, changed_at = $4, deleted_at = null`,
      [org, user, externalId, this.clock.now()],
    );
  }

  private document(row: Row): ScimUser {
    const name = row.name ?? row.email;
    return {
      schemas: [scimNames.user],
      id: row.user_id,
      ...(row.external_id === null ? {} : { externalId: row.external_id }),
      userName: row.email,
      name: { formatted: name },
      displayName: name,
      emails: [{ value: row.email, type: 'work', primary: true }],
      active: row.state !== 'disabled',
      groups: row.groups ?? [],
      meta: metaOf('User', `${this.publicUrl}${scimPath}/Users/${row.user_id}`, row),
    };
  }
}

const taken = (): Refused =>
  new Refused('conflict', 'There is a user of this name already.', [
    { pointer: '/userName', code: 'uniqueness', detail: 'It must be unique.' },
  ]);

const invalid = (pointer: string, detail: string): Refused =>
  new Refused('invalid', detail, [{ pointer, code: 'invalidValue', detail }]);

/** Given and family name, where a provider sends (or patches in) no whole one. */
function joined({ name }: { name?: unknown }): Body['name'] {
  const { givenName, familyName } = (name ?? {}) as { givenName?: string; familyName?: string };
  return givenName || familyName ? { givenName, familyName } : undefined;
}

function toldIn({ userName, externalId, displayName, name, active }: Body): Told {
  const email = userName.trim();
  if (email.length > 254 || !/^[^\s@<>"]+@[^\s@<>"]+$/.test(email))
    throw invalid('/userName', 'userName must be the e-mail address of the person: no other name is kept.');
  const whole = [name?.givenName, name?.familyName].filter(Boolean).join(' ');
  const called = (whole || name?.formatted || displayName || email).trim().slice(0, 100);
  const text = String(active ?? true).toLowerCase();
  if (text !== 'true' && text !== 'false') throw invalid('/active', 'active is true or false.');
  return { name: called || email, email, externalId: externalId ?? null, active: text === 'true' };
}
