import type { AuditEntry, EventEnvelope } from '@quaywatch/contracts';
import { bodyOf, emptyHead, fromHex, headAfter, leafOf, toHex } from '@quaywatch/domain/audit';
import { Fault } from '@quaywatch/kernel';
import type { StoreTransaction } from '@quaywatch/ports';
import { sha256 } from './sha256';

/**
 * Appends audit events of one organisation to its chain, in the given order; events that are in it already are left
 * out. The order must be that of the log: publishers use the organisation as key (AuditTrail of the runtime), so all
 * events of one organisation are in one partition, one consumer gets them one after the other, and the same log always
 * gives the same chain.
 */
export async function extendChain(
  tx: StoreTransaction,
  org: string,
  events: readonly EventEnvelope<AuditEntry>[],
): Promise<void> {
  await tx.query('insert into audit_head (org, seq, hash) values ($1, 0, $2) on conflict do nothing', [
    org,
    toHex(emptyHead),
  ]);
  const [last] = await tx.query<{ seq: string; hash: string }>(
    'select seq, hash from audit_head where org = $1 for update',
    [org],
  );
  const known = await tx.query<{ event: string }>('select event from audit_entry where org = $1 and event = any($2)', [
    org,
    events.map((event) => event.id),
  ]);
  const seen = new Set(known.map((row) => row.event));
  let seq = Number(last?.seq);
  let head = fromHex(last?.hash ?? '');
  if (!head || Number.isNaN(seq)) throw new Fault('AUDIT_HEAD_MISSING', `the chain of ${org} has no head`);
  const rows: {
    readonly seq: number;
    readonly event: string;
    readonly body: string;
    readonly hash: string;
    readonly action: string;
    readonly target: string;
    readonly actor: string;
    readonly at: number;
  }[] = [];
  for (const event of events) {
    if (seen.has(event.id)) continue;
    seen.add(event.id);
    const body = bodyOf(event, ++seq);
    head = headAfter(sha256, head, leafOf(sha256, body));
    rows.push({
      seq,
      event: event.id,
      body,
      hash: toHex(head),
      action: column(event.data.action),
      target: column(event.data.target.id),
      actor: column(event.data.actor.id),
      at: event.data.at,
    });
  }
  if (rows.length === 0) return;
  await tx.query(
    `insert into audit_entry (org, seq, event, body, hash, action, target, actor, at)
     select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::float8[])`,
    [
      org,
      rows.map((row) => row.seq),
      rows.map((row) => row.event),
      rows.map((row) => row.body),
      rows.map((row) => row.hash),
      rows.map((row) => row.action),
      rows.map((row) => row.target),
      rows.map((row) => row.actor),
      rows.map((row) => row.at),
    ],
  );
  await tx.query('update audit_head set seq = $2, hash = $3 where org = $1', [org, seq, toHex(head)]);
}

/** PostgreSQL's text has no U+0000; the column is for searching only, the body keeps it (escaped). */
const column = (text: string): string => text.replaceAll('\u0000', '');
