import type { Queryable } from '@quaywatch/ports';

/** Notes that what ingest knows of a device (its state, certificates, bindings) changes in this transaction. */
export async function noteChange(tx: Queryable, btu: string): Promise<void> {
  await tx.query(
    `insert into device_change (btu, xid) values ($1, pg_current_xact_id()::text::bigint)
     on conflict (btu) do update set xid = excluded.xid`,
    [btu],
  );
}

/** Up to where changes were seen; null = not looked yet. */
export type ChangeMark = string | null;

/**
 * The devices that may have changed since a mark, and the next mark. None is missed, however late its transaction
 * commits: all of those that were under way at the mark, or began later, count as new.
 */
export async function changedSince(q: Queryable, mark: ChangeMark): Promise<{ btus: string[]; mark: ChangeMark }> {
  // First: what ends between the two questions is seen again by the next look.
  const [row] = await q.query<{ mark: string }>('select pg_snapshot_xmin(pg_current_snapshot())::text as mark');
  const rows =
    mark === null ? [] : await q.query<{ btu: string }>('select btu from device_change where xid >= $1', [mark]);
  return { btus: rows.map(({ btu }) => btu), mark: row?.mark ?? null };
}
