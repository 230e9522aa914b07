import { eventEnvelope, type deadLetterSummary, type Principal } from '@quaywatch/contracts';
import type { Queryable, Row, ViewStore } from '@quaywatch/ports';
import type { z } from 'zod';

/** A row of `dead_letter`. */
export interface LetterRow extends Row {
  readonly id: string;
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly event: string;
  readonly reason: string;
  readonly attempts: number;
  readonly state: 'waiting' | 'released' | 'discarded';
  readonly at: Date;
  readonly changed_at: Date;
  readonly stack: string | null;
  readonly replacement: string | null;
  readonly decided_by: string | null;
  readonly decided_reason: string | null;
}

/** What a list of dead letters may be cut down to. */
export interface LetterFilter {
  readonly topic?: string | undefined;
  readonly consumer?: string | undefined;
  readonly state?: string | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
}

const listSql = `
  select * from dead_letter
  where ($1::text is null or topic = $1) and ($2::text is null or consumer = $2) and ($3::text is null or state = $3)
    and ($4::bigint is null or id < $4) and ($5::text is null or org = $5 or (org is null and $6::boolean))
  order by id desc limit $7`;

/**
 * Reads as the principal's organisation (row-level security). The platform itself also sees what belongs to nobody:
 * events whose envelope cannot be read.
 */
function readFor<T>(store: ViewStore, principal: Principal, work: (q: Queryable) => Promise<T>): Promise<T> {
  return principal.kind === 'service' ? store.transact(work) : store.readAs(principal.org, work);
}

/** Dead letters that `principal` may see, newest first, one more than the limit when there are more. */
export const listLetters = (store: ViewStore, principal: Principal, filter: LetterFilter): Promise<LetterRow[]> =>
  readFor(store, principal, (q) =>
    q.query<LetterRow>(listSql, [
      filter.topic ?? null,
      filter.consumer ?? null,
      filter.state ?? null,
      filter.before ?? null,
      principal.org,
      principal.kind === 'service',
      filter.limit + 1,
    ]),
  );

/** One dead letter; undefined when there is none that `principal` may see. */
export async function findLetter(store: ViewStore, principal: Principal, id: string): Promise<LetterRow | undefined> {
  if (!/^\d{1,18}$/.test(id)) return undefined;
  const [row] = await readFor(store, principal, (q) =>
    q.query<LetterRow>('select * from dead_letter where id = $1 and (org = $2 or (org is null and $3::boolean))', [
      id,
      principal.org,
      principal.kind === 'service',
    ]),
  );
  return row;
}

/** A row as the list shows it. */
export function summaryOf(row: LetterRow): z.input<typeof deadLetterSummary> {
  const { id, type, key } = envelopeOf(row.event);
  return {
    id: row.id,
    consumer: row.consumer,
    topic: row.topic,
    partition: row.partition,
    offset: Number(row.offset),
    state: row.state,
    reason: row.reason,
    attempts: row.attempts,
    event_id: id ?? null,
    type: type ?? null,
    key: key ?? null,
    put_aside_at: row.at.toISOString(),
    changed_at: row.changed_at.toISOString(),
  };
}

/** A row with the event itself, its replacement and its trace. */
export function detailOf(row: LetterRow) {
  const { correlationId, causationId, traceparent } = envelopeOf(row.event);
  return {
    ...summaryOf(row),
    event: JSON.parse(row.event) as unknown,
    replacement: row.replacement === null ? null : (JSON.parse(row.replacement) as unknown),
    trace: {
      stack: row.stack,
      correlation_id: correlationId ?? null,
      causation_id: causationId ?? null,
      traceparent: traceparent ?? null,
    },
    decided: row.decided_by === null ? null : { by: row.decided_by, reason: row.decided_reason },
  };
}

/** What can be read of a stored event's envelope; empty when it has none. */
export function envelopeOf(event: string): Partial<z.infer<typeof eventEnvelope>> {
  const parsed = eventEnvelope.safeParse(JSON.parse(event));
  return parsed.success ? parsed.data : {};
}
