import type { AuditEntry } from '@quaywatch/contracts';
import type { StoreTransaction } from '@quaywatch/ports';

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
