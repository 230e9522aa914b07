import 'reflect-metadata';
import { defineService } from '@quaywatch/runtime';
import init from '../migrations/0001-init.sql';
import { AuditLogModule } from './audit-log.module';
import { auditLogConfig } from './config';

/** audit-log: the tamper-evident trail of every organisation, its signed checkpoints and their verification. */
export const auditLog = defineService({
  name: 'audit-log',
  doc: 'Tamper-evident audit trail with signed checkpoints.',
  config: auditLogConfig,
  migrations: { '0001-init.sql': init },
  // The chain is a function of the log, too, but its table refuses to be emptied: it is a book of record.
  views: {},
  store: true,
  module: AuditLogModule,
});
