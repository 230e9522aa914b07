import { Controller, Inject } from '@nestjs/common';
import type { AuditEntry } from '@quaywatch/contracts';
import { exportLine, headText, toHex } from '@quaywatch/domain/audit';
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
    const { action, target, actor, from, to } = query;
    const time = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text));
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query<{ seq: string; body: string; hash: string }>(
        `select seq, body, hash from audit_entry
         where org = $5 and ($1::bigint is null or seq < $1) and ($2::text is null or action = $2) and ($3::text is null or target = $3)
         and ($6::text is null or actor = $6) and ($7::float8 is null or at >= $7) and ($8::float8 is null or at < $8)
         order by seq desc limit $4`,
        [
          ...[before, action ?? null, target ?? null, query.limit + 1, principal.org],
          ...[actor ?? null, time(from), time(to)],
        ],
      ),
    );
    const { rows: page, ...rest } = pageOfRows(rows, query.limit, (row) => [Number(row.seq)]);
    const data = page.map(({ seq, body, hash }) => {
      const entry = JSON.parse(body) as AuditEntry;
      const { class: kind, outcome, reason } = entry;
      const who = { actor: entry.actor, action: entry.action, target: entry.target };
      return { seq: Number(seq), at: toIso(entry.at), class: kind, ...who, outcome, reason, hash };
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

  @Api('exportAudit')
  async export(@Call() { principal, query, address }: ApiCall<'exportAudit'>): Promise<ApiAnswer<'exportAudit'>> {
    const { org } = principal;
    // Up to the newest checkpoint: what is handed out is proved whole, also while the trail grows.
    const { rows, newest } = await this.store.readAs(org, async (q) => {
      const [checkpoint] = await q.query<{ size: string; note: string }>(
        'select size, note from audit_checkpoint where org = $1 order by size desc limit 1',
        [org],
      );
      const entries = await q.query<{ seq: string; body: string; hash: string }>(
        'select seq, body, hash from audit_entry where org = $1 and seq > $2 and seq <= $3 order by seq limit $4',
        [org, query.after, checkpoint?.size ?? 0, query.limit + 1],
      );
      return { rows: entries, newest: checkpoint };
    });
    const { rows: part, has_more } = pageOfRows(rows, query.limit, (row) => [Number(row.seq)]);
    await this.audit.write({
      org,
      class: 'data-access',
      actor: { kind: principal.kind, id: principal.id },
      action: 'audit.export',
      target: { kind: 'audit-trail', id: org },
      outcome: 'success',
      reason: null,
      address,
    });
    return {
      first: part[0] ? Number(part[0].seq) : null,
      last: part.length > 0 ? Number(part.at(-1)?.seq) : null,
      entries: part.map(exportLine).join(''),
      has_more,
      checkpoint: newest ? { size: Number(newest.size), note: newest.note } : null,
    };
  }
}
