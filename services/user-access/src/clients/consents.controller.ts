import { Controller, Inject } from '@nestjs/common';
import { toIso } from '@quaywatch/kernel';
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

type Row = {
  id: string;
  client: string;
  name: string;
  resources: Record<string, string> | null;
  offline: boolean;
  iat: number;
  until: number;
};

/** API: what people let programs do in their name, for them to see and to take back. */
@Controller()
export class ConsentsController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(AUDIT) private readonly audit: AuditTrail,
  ) {}

  @Api('listConsents')
  async list(@Call() { principal }: ApiCall<'listConsents'>): Promise<ApiAnswer<'listConsents'>> {
    // A grant without a live token gives nothing: it is a remainder of a session.
    const rows = await this.store.transact((tx) =>
      tx.query<Row>(
        `select g.id, c.client, c.name, g.payload->'resources' as resources, (g.payload->>'iat')::double precision as iat,
           bool_or(t.model = 'RefreshToken') as offline, max(t.expires_at) as until
         from oidc_record g join oidc_record t on t.grant_id = g.id and t.model in ('RefreshToken', 'AccessToken')
           and t.expires_at > $2 and t.consumed_at is null
         join api_client c on c.client = g.payload->>'clientId' and c.revoked_at is null
         where g.model = 'Grant' and g.payload->>'accountId' = $1 group by g.id, g.payload, c.client, c.name order by iat`,
        [principal.id, this.clock.now()],
      ),
    );
    return {
      data: rows.map(({ id, client, name, resources, offline, iat, until }) => ({
        ...{ id, client_id: client, client_name: name, offline },
        permissions: [...new Set(Object.values(resources ?? {}).flatMap((scope) => scope.split(' ')))].sort(),
        given_at: toIso(iat * 1000),
        until: toIso(until),
      })),
    };
  }

  @Api('endConsent')
  async end(@Call() call: ApiCall<'endConsent'>): Promise<ApiAnswer<'endConsent'>> {
    const id = call.params['id'] ?? '';
    return this.store.transact(async (tx) => {
      const [grant] = await tx.query<{ client: string }>(
        `select payload->>'clientId' as client from oidc_record
         where model = 'Grant' and id = $1 and payload->>'accountId' = $2 for update`,
        [id, call.principal.id],
      );
      if (!grant) throw new Refused('not_found', 'There is no such consent.');
      const gone = await tx.query(
        `delete from oidc_record where grant_id = $1 or (model = 'Grant' and id = $1) returning 1`,
        [id],
      );
      const target = { kind: 'client', id: grant.client };
      await auditDeed(this.audit, tx, call, { class: 'authorisation', action: 'client.consent-end', target });
      return { ended: gone.length };
    });
  }
}
