import { events, isEvent, type EventEnvelope, type Permission } from '@quaywatch/contracts';
import { knownPermissions } from '@quaywatch/domain/access';
import type { Queryable } from '@quaywatch/ports';

/** Puts a fact of roles, delegations, approvals and reviews into its view; one that is there already changes nothing. */
export async function applyAuthorityFact(tx: Queryable, fact: EventEnvelope): Promise<void> {
  const { org, time } = fact;
  if (isEvent(fact, events.roleDefined)) {
    const { role, name, permissions } = fact.data;
    await tx.query(
      `insert into custom_role (org, role, name, permissions, retired, revision) values ($1, $2, $3, $4, false, $5)
       on conflict (role) do update set name = $3, permissions = $4, revision = $5 where custom_role.revision < $5`,
      [org, role, name, JSON.stringify(permissions), fact.revision ?? 0],
    );
  } else if (isEvent(fact, events.roleRetired)) {
    await tx.query('update custom_role set retired = true, revision = $2 where role = $1 and revision < $2', [
      fact.data.role,
      fact.revision ?? 0,
    ]);
  } else if (isEvent(fact, events.delegationGranted)) {
    const { delegation, partner, permissions, scope, until, reason, by } = fact.data;
    await tx.query(
      `insert into delegation (org, delegation, partner, permissions, scope, until, reason, granted_by, granted_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (delegation) do nothing`,
      [org, delegation, partner, JSON.stringify(permissions), JSON.stringify(scope), until, reason, by, time],
    );
  } else if (isEvent(fact, events.delegationEnded)) {
    await tx.query('update delegation set ended_at = coalesce(ended_at, $2) where delegation = $1', [
      fact.data.delegation,
      time,
    ]);
  } else if (isEvent(fact, events.approvalRequested)) {
    const { approval, action, parameters, by, expiresAt } = fact.data;
    await tx.query(
      `insert into approval (org, approval, action, parameters, requested_by, requested_at, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict (approval) do nothing`,
      [org, approval, action, JSON.stringify(parameters), by, time, expiresAt],
    );
  } else if (isEvent(fact, events.approvalDecided)) {
    const { approval, outcome, by, reason } = fact.data;
    await tx.query(
      `update approval set outcome = $2, decided_by = $3, decided_at = $4, reason = $5
       where approval = $1 and outcome is null`,
      [approval, outcome, by, time, reason],
    );
  } else if (isEvent(fact, events.reviewOpened)) {
    const { review, by, dueAt, items } = fact.data;
    await tx.query(
      `insert into access_review (org, review, opened_by, opened_at, due_at) values ($1, $2, $3, $4, $5)
       on conflict (review) do nothing`,
      [org, review, by, time, dueAt],
    );
    for (const { item, user, role, scope } of items)
      await tx.query(
        `insert into access_review_item (org, review, item, user_id, role, scope) values ($1, $2, $3, $4, $5, $6)
         on conflict (review, item) do nothing`,
        [org, review, item, user, role, JSON.stringify(scope)],
      );
  } else if (isEvent(fact, events.reviewItemDecided)) {
    const { review, item, outcome, by, reason } = fact.data;
    await tx.query(
      `update access_review_item set outcome = $3, decided_by = $4, decided_at = $5, reason = $6
       where review = $1 and item = $2 and outcome is null`,
      [review, item, outcome, by, time, reason],
    );
  } else if (isEvent(fact, events.reviewClosed)) {
    await tx.query('update access_review set closed_at = coalesce(closed_at, $2) where review = $1', [
      fact.data.review,
      time,
    ]);
  }
}

/** What the organisation's own roles allow now; retired ones allow nothing. */
export async function customRolesOf(tx: Queryable, org: string): Promise<Map<string, Permission[]>> {
  const rows = await tx.query<{ role: string; permissions: string[] }>(
    'select role, permissions from custom_role where org = $1 and not retired',
    [org],
  );
  return new Map(rows.map(({ role, permissions }) => [role, knownPermissions(permissions)]));
}
