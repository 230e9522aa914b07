import { Controller, Inject } from '@nestjs/common';
import type { ViewStore } from '@quaywatch/ports';
import { Api, AUDIT, Call, Refused, STORE, type ApiAnswer, type ApiCall, type AuditTrail } from '@quaywatch/runtime';
import { auditDeed } from '../caller';
import { deviceOf } from '../sessions/devices';
import { forgetPerson } from './forget-people';
import { UserAdministration } from './user-administration';

type Noticed = { address: string | null; user_agent: string | null };

/** API: personal data of a person: shown to them, and forgotten. */
@Controller()
export class PrivacyController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(AUDIT) private readonly audit: AuditTrail,
    @Inject(UserAdministration) private readonly administration: UserAdministration,
  ) {}

  @Api('exportOwnData')
  async own(@Call() call: ApiCall<'exportOwnData'>): Promise<ApiAnswer<'exportOwnData'>> {
    const { id, kind, session } = call.principal;
    if (kind !== 'user' || session === undefined)
      throw new Refused('forbidden', 'Only a person in the portal can do this.');
    return this.store.transact(async (tx) => {
      const [person] = await tx.query<{ name: string | null; email: string | null }>(
        'select name, email from person where user_id = $1',
        [id],
      );
      const identities = await tx.query<{ issuer: string; subject: string }>(
        'select issuer, subject from external_identity where user_id = $1',
        [id],
      );
      const sessions = await tx.query<{ data: Record<string, unknown> }>(
        'select data from portal_session where user_id = $1',
        [id],
      );
      const notices = await tx.query<Noticed>('select address, user_agent from notice where user_id = $1', [id]);
      await auditDeed(this.audit, tx, call, {
        class: 'data-access',
        action: 'user.export-personal-data',
        target: { kind: 'user', id },
      });
      return {
        id,
        name: person?.name ?? null,
        email: person?.email ?? null,
        external_identities: identities,
        sessions: sessions.map(({ data }) => {
          const { address, userAgent } = deviceOf(data);
          return { address, user_agent: userAgent };
        }),
        notices,
      };
    });
  }

  @Api('eraseUser')
  async erase(@Call() call: ApiCall<'eraseUser'>): Promise<ApiAnswer<'eraseUser'>> {
    const id = call.params['id'] ?? '';
    if (id === call.principal.id) throw new Refused('conflict', 'Somebody else must do this for you.');
    // Out first, with every session and token; refused for the last administrator, and for somebody of another organisation.
    await this.administration.disable(call, id, 'erasure of personal data');
    await this.store.transact(async (tx) => {
      await forgetPerson(tx, id);
      await auditDeed(this.audit, tx, call, { action: 'user.erase', target: { kind: 'user', id } });
    });
    return { id };
  }
}
