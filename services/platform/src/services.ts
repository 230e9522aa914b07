import { alerting } from '@quaywatch/services/alerting';
import { auditLog } from '@quaywatch/services/audit-log';
import { conditionAnalysis } from '@quaywatch/services/condition-analysis';
import { fleet } from '@quaywatch/services/fleet';
import { gateway } from '@quaywatch/services/gateway';
import { ingest } from '@quaywatch/services/ingest';
import { userAccess } from '@quaywatch/services/user-access';
import type { ServiceDefinition } from '@quaywatch/runtime';

/** Every service, in the order of starting: owners of facts before those that ask them, the public edge last. */
export const definitions: readonly ServiceDefinition[] = [
  fleet,
  userAccess,
  auditLog,
  alerting,
  conditionAnalysis,
  ingest,
  gateway,
] as readonly ServiceDefinition[];
