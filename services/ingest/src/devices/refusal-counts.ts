import { days, hours, toIso, type Instant } from '@quaywatch/kernel';
import type { Queryable, ViewStore } from '@quaywatch/ports';
import type { ApiAnswer } from '@quaywatch/runtime';

/** How often something was refused since it was asked last. */
export interface RefusalCount {
  readonly org: string;
  readonly action: string;
  readonly cause: string;
  readonly count: number;
}

const kept = days(31);

/** Adds what this process refused to what all have, and forgets what is older than 31 days. */
export async function addRefusals(store: ViewStore, counts: readonly RefusalCount[], now: Instant): Promise<void> {
  if (counts.length === 0) return;
  const hour = Math.floor(now / hours(1)) * hours(1);
  // Always in the same order, so that two processes do not wait for each other crosswise.
  const name = (one: RefusalCount): string => `${one.org} ${one.action} ${one.cause}`;
  const sorted = [...counts].sort((a, b) => (name(a) < name(b) ? -1 : 1));
  await store.transact(async (tx) => {
    await tx.query(
      `insert into refusal_count as r (org, hour, action, cause, count, last_at)
       select org, $1::float8, action, cause, count, $2::float8
       from unnest($3::text[], $4::text[], $5::text[], $6::bigint[]) as u(org, action, cause, count)
       on conflict (org, hour, action, cause) do update set count = r.count + excluded.count, last_at = excluded.last_at`,
      [
        hour,
        now,
        sorted.map(({ org }) => org),
        sorted.map(({ action }) => action),
        sorted.map(({ cause }) => cause.replaceAll('\u0000', '\uFFFD').slice(0, 128)),
        sorted.map(({ count }) => count),
      ],
    );
    await tx.query('delete from refusal_count where hour < $1', [now - kept]);
  });
}

/** What was refused since the start of an hour, commonest first. */
export async function readRefusals(q: Queryable, since: Instant): Promise<ApiAnswer<'listRefusals'>['data']> {
  const rows = await q.query<{ action: string; cause: string; count: number; last_at: number }>(
    `select action, cause, sum(count)::float8 as count, max(last_at) as last_at from refusal_count where hour >= $1
     group by action, cause order by 3 desc, action, cause limit 1000`,
    [since],
  );
  return rows.map((row) => ({ ...row, last_at: toIso(row.last_at) }));
}
