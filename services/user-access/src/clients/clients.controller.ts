import { Controller, Inject } from '@nestjs/common';
import { permissionsOf } from '@quaywatch/domain/access';
import { toIso } from '@quaywatch/kernel';
import type { ViewStore } from '@quaywatch/ports';
import { Api, Call, pageOfRows, readCursor, Refused, STORE, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { Authority } from '../authority/authority';
import { customRolesOf } from '../authority/authority-view';
import type { UserAccessConfig } from '../config';
import { mountPath } from '../oidc/provider';
import { CONFIGURATION } from '../tokens';
import { Clients, principalOfRow, type ClientRow } from './clients';
import { byCertificate } from './proofs';

type Document = ApiAnswer<'listApiClients'>['data'][number];

/** API: programs of partners. */
@Controller()
export class ClientsController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(Clients) private readonly clients: Clients,
    @Inject(Authority) private readonly authority: Authority,
    @Inject(CONFIGURATION) private readonly config: UserAccessConfig,
  ) {}

  @Api('listApiClients')
  async list(@Call() { principal, query }: ApiCall<'listApiClients'>): Promise<ApiAnswer<'listApiClients'>> {
    const [after = ''] = (readCursor(query.cursor, ['string']) ?? []) as string[];
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query<ClientRow>('select * from api_client where org = $1 and client > $2 order by client limit $3', [
        principal.org,
        after,
        query.limit + 1,
      ]),
    );
    const { rows: page, ...rest } = pageOfRows(rows, query.limit, (row) => [row.client]);
    const used = await this.used(page.map(({ client }) => client));
    const own = await this.ownRoles(principal.org);
    return { data: page.map((row) => documentOf(row, own, used.get(row.client) ?? null)), ...rest };
  }

  @Api('createApiClient')
  async create(
    @Call() { principal, address, body }: ApiCall<'createApiClient'>,
  ): Promise<ApiAnswer<'createApiClient'>> {
    const { name, method, roles, jwks, certificates, dpop, par, acts_for_people: people } = body;
    await this.authority.checkGift({ principal, address }, roles);
    const { id, secret } = await this.clients.create(
      { principal, address },
      {
        ...{ name, method, roles, jwks, certificates, dpop, par },
        certificateName: body.certificate_name ?? null,
        // Where there is a certificate anyway, a stolen token should be worth nothing without it.
        certificateBound: body.certificate_bound ?? (byCertificate(method) && !dpop),
        redirectUris: people?.redirect_uris ?? [],
        logoutUri: people?.logout_uri ?? null,
      },
    );
    return {
      ...(await this.one(principal.org, id)),
      client_secret: secret,
      token_endpoint: `${this.config.PUBLIC_URL}${mountPath}/token`,
    };
  }

  @Api('rotateApiClient')
  async rotate(
    @Call() { principal, address, params }: ApiCall<'rotateApiClient'>,
  ): Promise<ApiAnswer<'rotateApiClient'>> {
    const id = params['id'] ?? '';
    const { secret, previousUntil } = await this.clients.rotate({ principal, address }, id);
    return { ...(await this.one(principal.org, id)), client_secret: secret, previous_until: toIso(previousUntil) };
  }

  @Api('revokeApiClient')
  async revoke(
    @Call() { principal, address, params }: ApiCall<'revokeApiClient'>,
  ): Promise<ApiAnswer<'revokeApiClient'>> {
    await this.clients.revoke({ principal, address }, params['id'] ?? '');
    return this.one(principal.org, params['id'] ?? '');
  }

  private async one(org: string, id: string): Promise<Document> {
    const [row] = await this.store.readAs(org, (q) =>
      q.query<ClientRow>('select * from api_client where org = $1 and client = $2', [org, id]),
    );
    if (!row) throw new Refused('not_found', 'There is no such program.');
    return documentOf(row, await this.ownRoles(org), (await this.used([id])).get(id) ?? null);
  }

  private ownRoles(org: string): Promise<OwnRoles> {
    return this.store.transact((tx) => customRolesOf(tx, org));
  }

  /** When programs were last used; `clients` are the caller's own, seen through row-level security before. */
  private async used(clients: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.store.transact((tx) =>
      tx.query<{ client: string; last_used_at: number }>(
        'select client, last_used_at from api_client_key where client = any($1) and last_used_at is not null',
        [clients],
      ),
    );
    return new Map(rows.map((row) => [row.client, row.last_used_at]));
  }
}

type OwnRoles = Awaited<ReturnType<typeof customRolesOf>>;

const documentOf = (row: ClientRow, own: OwnRoles, usedAt: number | null): Document => ({
  id: row.client,
  name: row.name,
  method: row.method,
  acts_for_people:
    row.redirect_uris.length === 0
      ? null
      : { redirect_uris: row.redirect_uris, ...(row.logout_uri === null ? {} : { logout_uri: row.logout_uri }) },
  dpop: row.dpop,
  par: row.par,
  certificate_name: row.certificate_name,
  certificate_bound: row.certificate_bound,
  roles: row.roles,
  permissions: permissionsOf({
    ...principalOfRow(row),
    roles: row.roles.map((one) => ({ ...one, permissions: own.get(one.role) ?? [] })),
  }),
  created_at: toIso(row.created_at),
  revoked_at: row.revoked_at === null ? null : toIso(row.revoked_at),
  last_used_at: usedAt === null ? null : toIso(usedAt),
});
