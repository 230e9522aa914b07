import type { Principal } from '@quaywatch/contracts';
import type { AuditTrail } from '@quaywatch/runtime';

/** Who asks, and from which network address. */
export interface Caller {
  readonly principal: Principal;
  readonly address: string | null;
}

type Transaction = Parameters<AuditTrail['within']>[0];
type Entry = Parameters<AuditTrail['within']>[1];

/** What a caller did, for the audit trail; it is kept with the change itself or not at all. */
export interface Deed {
  readonly action: string;
  readonly target: Entry['target'];
  readonly detail?: Entry['detail'];
  readonly class?: Entry['class'];
  readonly reason?: string;
}

/** Writes down what a caller has changed, in their organisation's audit trail. */
export const auditDeed = (
  audit: AuditTrail,
  tx: Transaction,
  { principal, address }: Caller,
  { class: kind = 'privileged', ...deed }: Deed,
): Promise<void> =>
  audit.within(tx, {
    org: principal.org,
    class: kind,
    actor: { kind: principal.kind, id: principal.id },
    outcome: 'success',
    address,
    ...deed,
  });
