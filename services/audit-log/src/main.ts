import { runService } from '@quaywatch/runtime';
import { auditLog } from './service';

await runService(auditLog);
