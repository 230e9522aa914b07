import 'reflect-metadata';
import { defineService } from '@quaywatch/runtime';
import init from '../migrations/0001-init.sql';
import incidents from '../migrations/0028-incidents.sql';
import filters from '../migrations/0037-audit-filters.sql';
import { AuditLogModule } from './audit-log.module';
import { auditLogConfig } from './config';

/** audit-log: the tamper-evident trail of every organisation, its signed checkpoints, and the incidents that rules see in it. */
export const auditLog = defineService({
  name: 'audit-log',
  doc: 'Tamper-evident audit trail with signed checkpoints, and security incidents.',
  config: auditLogConfig,
  migrations: { '0001-init.sql': init, '0028-incidents.sql': incidents, '0037-audit-filters.sql': filters },
  // The chain is a function of the log, too, but its table refuses to be emptied: it is a book of record.
  views: { incidents: ['incident'] },
  store: true,
  module: AuditLogModule,
});
