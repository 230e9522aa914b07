import { Controller, Inject } from '@nestjs/common';
import type { AuditEntry } from '@quaywatch/contracts';
import { headText, toHex } from '@quaywatch/domain/audit';
import { toIso } from '@quaywatch/kernel';
import type { SecretStore, ViewStore } from '@quaywatch/ports';
import {
  Api,
  AUDIT,
  Call,
  CONFIG,
  pageOfRows,
  readCursor,
  SECRETS,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type AuditTrail,
} from '@quaywatch/runtime';
import type { AuditLogConfig } from './config';
import { openSigner } from './signer';
import { verifyStored } from './verify-stored';

/** API: who did what, and the proof that nobody changed the record of it. */
@Controller()
export class AuditController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(SECRETS) private readonly secrets: SecretStore,
    @Inject(CONFIG) private readonly config: AuditLogConfig,
    @Inject(AUDIT) private readonly audit: AuditTrail,
  ) {}

  @Api('listAuditEvents')
  async list(@Call() { principal, query }: ApiCall<'listAuditEvents'>): Promise<ApiAnswer<'listAuditEvents'>> {
    const [before] = readCursor(query.cursor, ['number']) ?? [null];
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query<{ seq: string; body: string; hash: string }>(
        `select seq, body, hash from audit_entry
         where org = $5 and ($1::bigint is null or seq < $1) and ($2::text is null or action = $2) and ($3::text is null or target = $3)
         order by seq desc limit $4`,
        [before, query.action ?? null, query.target ?? null, query.limit + 1, principal.org],
      ),
    );
    const { rows: page, ...rest } = pageOfRows(rows, query.limit, (row) => [Number(row.seq)]);
    const data = page.map(({ seq, body, hash }) => {
      const { at, class: kind, actor, action, target, outcome, reason } = JSON.parse(body) as AuditEntry;
      return { seq: Number(seq), at: toIso(at), class: kind, actor, action, target, outcome, reason, hash };
    });
    return { data, ...rest };
  }

  @Api('verifyAudit')
  async verify(@Call() { principal, address }: ApiCall<'verifyAudit'>): Promise<ApiAnswer<'verifyAudit'>> {
    const { org } = principal;
    const { key } = await openSigner(this.secrets, this.config.AUDIT_ORIGIN);
    const { walked, newest } = await this.store.readAs(org, (q) => verifyStored(q, org, this.config.AUDIT_ORIGIN, key));
    await this.audit.write({
      org,
      class: 'data-access',
      actor: { kind: principal.kind, id: principal.id },
      action: 'audit.verify',
      target: { kind: 'audit-trail', id: org },
      outcome: walked.firstBreak ? 'failure' : 'success',
      reason: walked.firstBreak?.reason ?? null,
      address,
    });
    return {
      whole: walked.firstBreak === null,
      entries: walked.entries,
      head: headText(walked),
      first_break: walked.firstBreak,
      checkpoint: newest && {
        entries: newest.checkpoint.size,
        head: toHex(newest.checkpoint.head),
        at: toIso(newest.checkpoint.at),
        valid: newest.valid,
      },
    };
  }
}
