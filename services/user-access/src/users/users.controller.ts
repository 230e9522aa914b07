import { Controller, Inject } from '@nestjs/common';
import { permissionsOf } from '@quaywatch/domain/access';
import { toIso } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import {
  Api,
  Call,
  CLOCK,
  pageOfRows,
  readCursor,
  Refused,
  STORE,
  type ApiAnswer,
  type ApiCall,
} from '@quaywatch/runtime';
import { Authority } from '../authority/authority';
import { Policies } from '../factors/policies';
import type { AccountRow } from './account-view';
import { rolesOf, stateOf } from './user-document';
import { Users } from './users';

type Person = { user_id: string; name: string | null; email: string | null };

/** API: who am I, who is there, and inviting people. */
@Controller()
export class UsersController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(Users) private readonly users: Users,
    @Inject(Authority) private readonly authority: Authority,
    @Inject(Policies) private readonly policies: Policies,
  ) {}

  @Api('me')
  async me(@Call() { principal }: ApiCall<'me'>): Promise<ApiAnswer<'me'>> {
    const [person] = await this.store.readAs(principal.home ?? principal.org, (q) =>
      q.query<Person>('select user_id, name, email from person where user_id = $1', [principal.id]),
    );
    const [organisation] = await this.store.readAs(principal.org, (q) =>
      q.query<{ name: string }>('select name from organisation where org = $1', [principal.org]),
    );
    return {
      id: principal.id,
      org: { id: principal.org, name: organisation?.name ?? principal.org },
      name: person?.name ?? null,
      email: person?.email ?? null,
      roles: principal.roles.map(({ role, scope }) => ({ role, scope })),
      permissions: permissionsOf(principal),
    };
  }

  @Api('listUsers')
  async list(@Call() { principal, query }: ApiCall<'listUsers'>): Promise<ApiAnswer<'listUsers'>> {
    const [after] = readCursor(query.cursor, ['string']) ?? [''];
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query<AccountRow & Person>(
        `select a.*, p.name, p.email from account a left join person p using (user_id)
         where a.org = $1 and a.user_id > $2 order by a.user_id limit $3`,
        [principal.org, after, query.limit + 1],
      ),
    );
    const now = this.clock.now();
    const { rows: page, ...rest } = pageOfRows(rows, query.limit, (row) => [row.user_id]);
    return {
      data: page.map((row) => ({
        id: row.user_id,
        name: row.name,
        email: row.email,
        state: stateOf(row),
        roles: rolesOf(row, now),
      })),
      ...rest,
    };
  }

  @Api('inviteUser')
  async invite(@Call() { principal, body, address }: ApiCall<'inviteUser'>): Promise<ApiAnswer<'inviteUser'>> {
    const given = await this.authority.checkGift({ principal, address }, body.roles);
    // An invitation cannot wait for a second person: it gives no more than what needs none.
    if (given.includes('access.write') && (await this.policies.fourEyes(principal.org)))
      throw new Refused('conflict', 'This role takes two people: invite with another one, and give it then.');
    const { id, link, expiresAt } = await this.users.invite({ principal, address }, body);
    return { id, link, expires_at: toIso(expiresAt) };
  }
}
