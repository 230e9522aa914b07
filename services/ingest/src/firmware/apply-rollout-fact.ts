import { events, isEvent, type EventEnvelope } from '@quaywatch/contracts';
import type { Queryable } from '@quaywatch/ports';

/** Applies a fact about firmware or a roll-out to its rows; one that was applied already changes nothing. */
export async function applyRolloutFact(tx: Queryable, event: EventEnvelope): Promise<void> {
  if (isEvent(event, events.firmwarePublished)) {
    const { firmware, model, version, size, sha256, rollback, notes, manifest, signature } = event.data;
    await tx.query(
      `insert into firmware (org, id, model, version, size, sha256, rollback, notes, manifest, signature, published_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing`,
      [event.org, firmware, model, version, size, sha256, rollback, notes, manifest, signature, event.time],
    );
  } else if (isEvent(event, events.rolloutStarted)) {
    const { rollout, firmware, version, groups, failureLimit, soakFor, confirmFor, by } = event.data;
    await tx.query(
      `insert into rollout (org, id, firmware, version, state, groups, open_groups, opened_at, failure_limit, soak_for,
         confirm_for, started_at, started_by)
       values ($1, $2, $3, $4, 'running', $5, 1, $6, $7, $8, $9, $6, $10) on conflict (id) do nothing`,
      [event.org, rollout, firmware, version, groups.length, event.time, failureLimit, soakFor, confirmFor, by],
    );
    await tx.query(
      `insert into rollout_device (org, rollout, btu, group_no)
       select $1, $2, btu, group_no from unnest($3::text[], $4::int[]) as t (btu, group_no) on conflict do nothing`,
      [event.org, rollout, groups.flat(), groups.flatMap((group, i) => group.map(() => i))],
    );
  } else if (isEvent(event, events.rolloutGroupOpened)) {
    await tx.query('update rollout set open_groups = $2, opened_at = $3 where id = $1 and open_groups < $2', [
      event.data.rollout,
      event.data.open,
      event.time,
    ]);
  } else if (isEvent(event, events.rolloutProgressed)) {
    const { rollout, btu, step, detail } = event.data;
    await tx.query(
      `update rollout_device set step = $3, detail = $4, at = $5
       where rollout = $1 and btu = $2 and coalesce(at, 0) <= $5
         and coalesce(step, '') not in ('confirmed', 'failed', 'rolled_back')`,
      [rollout, btu, step, detail, event.time],
    );
  } else if (isEvent(event, events.rolloutStopped)) {
    await tx.query(`update rollout set state = 'stopped', reason = $2 where id = $1`, [
      event.data.rollout,
      event.data.reason,
    ]);
  } else if (isEvent(event, events.rolloutCompleted)) {
    await tx.query(`update rollout set state = 'completed' where id = $1`, [event.data.rollout]);
  }
}
