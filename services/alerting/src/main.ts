import { runService } from '@quaywatch/runtime';
import { alerting } from './service';

await runService(alerting);
