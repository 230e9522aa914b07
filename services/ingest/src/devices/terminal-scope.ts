import type { Permission, Principal } from '@quaywatch/contracts';
import { visibleTerminals } from '@quaywatch/domain/access';
import type { ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';

/** SQL: the spreader that device `d.btu` is bound to and its terminal, as `place`. */
export const placed = `
  left join lateral (select b.spreader, s.terminal from binding b left join spreader s on s.spreader = b.spreader
                     where b.btu = d.btu order by b.valid_from desc limit 1) place on true`;

/** The terminals whose devices a caller may touch; null = all of the organisation. */
export const terminalsOf = (principal: Principal, permission: Permission): string[] | null => {
  const visible = visibleTerminals(principal, permission);
  return visible === 'all' ? null : visible;
};

/** Refuses, and audits, whoever has the permission only at some terminals. */
export async function needWholeOrganisation(
  audit: AuditTrail,
  principal: Principal,
  action: string,
  target: { readonly kind: string; readonly id: string },
  address: string | null,
  permission: Permission = 'devices.write',
): Promise<void> {
  if (terminalsOf(principal, permission) === null) return;
  await audit.write({
    org: principal.org,
    class: 'authorisation',
    actor: { kind: principal.kind, id: principal.id },
    action,
    target,
    outcome: 'refused',
    reason: `needs ${permission} for the whole organisation`,
    address,
  });
  throw new Refused('forbidden', 'This needs a role for the whole organisation.');
}

/** Refuses with `not_found` a device at a terminal that the caller does not see, or of another organisation. */
export async function needSeen(
  store: ViewStore,
  principal: Principal,
  permission: Permission,
  btu: string,
): Promise<void> {
  const rows = await store.readAs(principal.org, (q) =>
    q.query(`select 1 from device d ${placed} where d.btu = $1 and ($2::text[] is null or place.terminal = any($2))`, [
      btu,
      terminalsOf(principal, permission),
    ]),
  );
  if (rows.length === 0) throw new Refused('not_found', `There is no device ${btu}.`);
}
