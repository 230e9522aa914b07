import { Controller, Inject } from '@nestjs/common';
import { fromIso, toIso } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import { Api, Call, CLOCK, Refused, STORE, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { Authority } from '../authority/authority';
import { Factors } from '../factors/factors';
import { Policies } from '../factors/policies';
import { Sessions, type SessionDocument } from '../sessions/sessions';
import type { AccountRow } from './account-view';
import { UserAdministration } from './user-administration';
import { rolesOf, stateOf } from './user-document';

/** API: roles, accounts, sessions and factors of people. */
@Controller()
export class UserAdministrationController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(UserAdministration) private readonly administration: UserAdministration,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(Factors) private readonly factors: Factors,
    @Inject(Policies) private readonly policies: Policies,
    @Inject(Authority) private readonly authority: Authority,
  ) {}

  @Api('getUser')
  get(@Call() { principal, params }: ApiCall<'getUser'>): Promise<ApiAnswer<'getUser'>> {
    return this.user(principal.org, params['id'] ?? '');
  }

  @Api('grantRole')
  async grant(@Call() { principal, address, params, body }: ApiCall<'grantRole'>): Promise<ApiAnswer<'grantRole'>> {
    const { role, scope } = body;
    const until = body.until === undefined ? undefined : fromIso(body.until);
    const grant = until === undefined ? { role, scope } : { role, scope, until };
    await this.authority.grant({ principal, address }, params['id'] ?? '', grant);
    return this.user(principal.org, params['id'] ?? '');
  }

  @Api('revokeRole')
  async revoke(@Call() { principal, address, params, body }: ApiCall<'revokeRole'>): Promise<ApiAnswer<'revokeRole'>> {
    await this.administration.revoke({ principal, address }, params['id'] ?? '', body);
    return this.user(principal.org, params['id'] ?? '');
  }

  @Api('disableUser')
  async disable(
    @Call() { principal, address, params, body }: ApiCall<'disableUser'>,
  ): Promise<ApiAnswer<'disableUser'>> {
    await this.administration.disable({ principal, address }, params['id'] ?? '', body.reason);
    return this.user(principal.org, params['id'] ?? '');
  }

  @Api('enableUser')
  async enable(@Call() { principal, address, params }: ApiCall<'enableUser'>): Promise<ApiAnswer<'enableUser'>> {
    await this.administration.enable({ principal, address }, params['id'] ?? '');
    return this.user(principal.org, params['id'] ?? '');
  }

  @Api('resetFactors')
  async reset(@Call() { principal, address, params }: ApiCall<'resetFactors'>): Promise<ApiAnswer<'resetFactors'>> {
    const user = params['id'] ?? '';
    await this.user(principal.org, user);
    await this.authority.resetFactors({ principal, address }, user);
    return this.user(principal.org, user);
  }

  @Api('listUserSessions')
  async ofUser(@Call() { principal, params }: ApiCall<'listUserSessions'>): Promise<ApiAnswer<'listUserSessions'>> {
    await this.user(principal.org, params['id'] ?? '');
    return { data: (await this.sessions.list(principal.org, params['id'] ?? '')).map(shown(principal.session)) };
  }

  @Api('endUserSessions')
  async endOfUser(
    @Call() { principal, address, params }: ApiCall<'endUserSessions'>,
  ): Promise<ApiAnswer<'endUserSessions'>> {
    await this.user(principal.org, params['id'] ?? '');
    return { ended: await this.sessions.endAll({ principal, address }, params['id'] ?? '') };
  }

  @Api('listOwnSessions')
  async own(@Call() { principal }: ApiCall<'listOwnSessions'>): Promise<ApiAnswer<'listOwnSessions'>> {
    return {
      data: (await this.sessions.list(principal.home ?? principal.org, principal.id)).map(shown(principal.session)),
    };
  }

  @Api('endOwnSession')
  async endOwn(@Call() { principal, address, params }: ApiCall<'endOwnSession'>): Promise<ApiAnswer<'endOwnSession'>> {
    const ended = await this.sessions.endOne({ principal, address }, params['id'] ?? '');
    if (ended === 0) throw new Refused('not_found', 'There is no such session.');
    return { ended };
  }

  @Api('getAccessPolicy')
  async policy(@Call() { principal }: ApiCall<'getAccessPolicy'>): Promise<ApiAnswer<'getAccessPolicy'>> {
    const [second_factor, four_eyes] = await Promise.all([
      this.policies.secondFactor(principal.org),
      this.policies.fourEyes(principal.org),
    ]);
    return { second_factor, four_eyes };
  }

  @Api('setAccessPolicy')
  async setPolicy(
    @Call() { principal, address, body }: ApiCall<'setAccessPolicy'>,
  ): Promise<ApiAnswer<'setAccessPolicy'>> {
    await this.authority.setPolicy({ principal, address }, body.second_factor, body.four_eyes);
    return body;
  }

  private async user(org: string, id: string): Promise<ApiAnswer<'getUser'>> {
    const row = await this.store.readAs(org, async (q) => {
      const [found] = await q.query<AccountRow & { name: string | null; email: string | null }>(
        'select a.*, p.name, p.email from account a left join person p using (user_id) where a.org = $1 and a.user_id = $2',
        [org, id],
      );
      return found;
    });
    if (!row) throw new Refused('not_found', 'There is no such user.');
    return {
      id: row.user_id,
      name: row.name,
      email: row.email,
      state: stateOf(row),
      roles: rolesOf(row, this.clock.now()),
      factors: await this.factors.kinds(row.user_id),
    };
  }
}

const shown =
  (current: string | undefined) =>
  (session: SessionDocument): ApiAnswer<'listOwnSessions'>['data'][number] => ({
    id: session.id,
    current: session.id === current,
    created_at: toIso(session.createdAt),
    last_seen_at: toIso(session.seenAt),
    address: session.address,
    user_agent: session.userAgent,
  });
