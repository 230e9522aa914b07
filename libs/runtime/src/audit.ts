import type { AuditEntry, EventEnvelope } from '@quaywatch/contracts';
import { makeId } from '@quaywatch/kernel';
import type { Clock, EventLog, StoreTransaction, ViewStore } from '@quaywatch/ports';

/** What a caller says of an audit event; time and id are added. `org` is the organisation whose trail it belongs to. */
export type NewAudit = Omit<AuditEntry, 'at' | 'reason' | 'address'> & {
  readonly org: string;
  readonly reason?: string | null;
  readonly address?: string | null;
};

/** Writes audit events (law L7). Privileged changes use `within`, so that the change and its entry commit together. */
export interface AuditTrail {
  /** Writes in the transaction of the change. */
  within(tx: StoreTransaction, entry: NewAudit): Promise<void>;
  /** Writes by itself; resolves when it is durable. */
  write(entry: NewAudit): Promise<void>;
}

/** The trail of one service: through its outbox, or straight to the log where it has no store (the gateway). */
export function auditTrail(source: string, clock: Clock, log: EventLog, store: ViewStore | undefined): AuditTrail {
  // The key is the organisation: one organisation's entries are in one partition, so its chain has one order.
  const eventOf = ({ org, ...entry }: NewAudit): EventEnvelope<AuditEntry> => {
    const at = clock.now();
    return {
      id: makeId('event', at, clock.random(16)),
      type: 'audit-recorded',
      v: 1,
      source,
      org,
      key: org,
      time: at,
      data: { reason: null, address: null, ...entry, at },
    };
  };
  return {
    within: (tx, entry) => tx.publish([eventOf(entry)]),
    write: (entry) =>
      store ? store.transact((tx) => tx.publish([eventOf(entry)])) : log.append('audit', [{ event: eventOf(entry) }]),
  };
}
