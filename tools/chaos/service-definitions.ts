import type { ServiceDefinition } from '@quaywatch/runtime';
import { alerting } from '@quaywatch/services/alerting';
import { auditLog } from '@quaywatch/services/audit-log';
import { conditionAnalysis } from '@quaywatch/services/condition-analysis';
import { fleet } from '@quaywatch/services/fleet';
import { gateway } from '@quaywatch/services/gateway';
import { userAccess } from '@quaywatch/services/user-access';

/** The services that chaos:services kills. */
export const definitions = [
  fleet,
  userAccess,
  auditLog,
  alerting,
  conditionAnalysis,
  gateway,
] as readonly unknown[] as readonly ServiceDefinition[];
