import { Controller, Inject } from '@nestjs/common';
import type { AuthorityRecord } from '@quaywatch/domain/telemetry';
import { hours, toIso } from '@quaywatch/kernel';
import type { ViewStore } from '@quaywatch/ports';
import {
  Api,
  AUDIT,
  Call,
  pageOfRows,
  readCursor,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type AuditTrail,
} from '@quaywatch/runtime';
import { actorOf } from '../devices/actor-of';
import { IdentityHost } from '../devices/identity-host';
import { needWholeOrganisation } from '../devices/terminal-scope';

interface AuthorityRow extends Record<string, unknown> {
  id: string;
  kind: 'issuing' | 'external';
  name: string;
  certificate: string;
  fingerprint: string;
  quota: number | null;
  added_at: number;
  not_after: number;
  retired_at: number | null;
  certificates: number;
}

/**
 * API: certificate authorities and claim codes. Both concern the organisation as a whole, whatever terminal a device is
 * at later: whoever holds a role only at some terminals neither changes nor lists them.
 */
@Controller()
export class AuthoritiesController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(IdentityHost) private readonly identity: IdentityHost,
    @Inject(AUDIT) private readonly audit: AuditTrail,
  ) {}

  @Api('listAuthorities')
  async list(@Call() { principal, query, address }: ApiCall<'listAuthorities'>): Promise<ApiAnswer<'listAuthorities'>> {
    const target = { kind: 'authority', id: 'all' };
    await needWholeOrganisation(this.audit, principal, 'authority.list', target, address, 'devices.read');
    const [at = -1, id = ''] = readCursor(query.cursor, ['number', 'string']) ?? [];
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query<AuthorityRow>(
        `select a.*, (select count(*) from certificate c where c.authority = a.id and c.revoked_at is null)::int as certificates
         from authority a where (a.added_at, a.id) > ($1, $2) order by a.added_at, a.id limit $3`,
        [at, id, query.limit + 1],
      ),
    );
    const page = pageOfRows(rows, query.limit, (row) => [row.added_at, row.id]);
    return {
      data: page.rows.map((row) => ({
        id: row.id,
        kind: row.kind,
        name: row.name,
        certificate: row.certificate,
        fingerprint: row.fingerprint,
        quota: row.quota,
        added_at: toIso(row.added_at),
        not_after: toIso(row.not_after),
        retired_at: row.retired_at === null ? null : toIso(row.retired_at),
        certificates: row.certificates,
      })),
      next_cursor: page.next_cursor,
      has_more: page.has_more,
    };
  }

  @Api('rotateAuthority')
  async rotate(@Call() { principal, address }: ApiCall<'rotateAuthority'>): Promise<ApiAnswer<'rotateAuthority'>> {
    await needWholeOrganisation(this.audit, principal, 'authority.add', { kind: 'authority', id: 'new' }, address);
    return shown(await this.identity.parts.authorities.addIssuing(actorOf(principal, address)));
  }

  @Api('registerAuthority')
  async register(
    @Call() { principal, address, body }: ApiCall<'registerAuthority'>,
  ): Promise<ApiAnswer<'registerAuthority'>> {
    await needWholeOrganisation(this.audit, principal, 'authority.add', { kind: 'authority', id: 'new' }, address);
    return shown(await this.identity.parts.authorities.register(actorOf(principal, address), body));
  }

  @Api('retireAuthority')
  async retire(
    @Call() { principal, address, params, body }: ApiCall<'retireAuthority'>,
  ): Promise<ApiAnswer<'retireAuthority'>> {
    const id = params.id ?? '';
    const target = { kind: 'authority', id: id.slice(0, 64) };
    await needWholeOrganisation(this.audit, principal, 'authority.retire', target, address);
    await this.identity.parts.authorities.retire(actorOf(principal, address), id, body.reason);
    return { id };
  }

  @Api('claimDevice')
  async claim(@Call() { principal, address, params, body }: ApiCall<'claimDevice'>): Promise<ApiAnswer<'claimDevice'>> {
    const btu = params.id ?? '';
    await needWholeOrganisation(this.audit, principal, 'device.claim', { kind: 'btu', id: btu.slice(0, 64) }, address);
    const actor = actorOf(principal, address);
    const { claims, authorities } = this.identity.parts;
    const { code, expiresAt } = await claims.create(actor, btu, hours(body.valid_hours));
    return {
      btu,
      code,
      expires_at: toIso(expiresAt),
      chain: authorities.anchors,
      root_fingerprint: authorities.rootFingerprint,
    };
  }
}

const shown = (record: AuthorityRecord): ApiAnswer<'rotateAuthority'> => ({
  id: record.authority,
  kind: record.kind === 'external' ? 'external' : 'issuing',
  name: record.name,
  certificate: record.certificate,
  fingerprint: record.fingerprint,
  quota: record.quota,
  added_at: toIso(record.addedAt),
  not_after: toIso(record.notAfter),
  retired_at: null,
  certificates: 0,
});
